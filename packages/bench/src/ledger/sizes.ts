/** P1, P2, P5, P6, P10: what a hundred or a thousand times more rows may cost. */
import { type Measure, median, timeEach } from "../report.ts";
import { claimAndSettle, fillAliases, fillConversations, fillLane, newWorld, open } from "./world.ts";

export interface Sizes {
  aliases: readonly [small: number, large: number];
  lanes: readonly [small: number, large: number];
  lane: readonly [small: number, large: number];
  anchors: readonly [small: number, large: number];
  samples: number;
}

async function inWorld<T>(look: (ledger: Awaited<ReturnType<typeof open>>) => Promise<T>): Promise<T> {
  const world = newWorld();
  const ledger = await open(world.path);
  try {
    return await look(ledger);
  } finally {
    await ledger.close();
    world.remove();
  }
}

/** Both sizes are asked in turns, so that a slow moment of the machine hits both. */
const aliases = (count: number, samples: number) =>
  inWorld(async (ledger) => {
    const anchorId = await fillAliases(ledger, count);
    const value = (n: number) => `thor:alias-${(n * 7919) % count}`;
    await timeEach(samples, (n) => ledger.anchorOf({ type: "git.branch", value: value(n) }));
    const looked = await timeEach(samples * 5, (n) => ledger.anchorOf({ type: "git.branch", value: value(n) }));
    const bound = await timeEach(samples, (n) =>
      ledger.bindAlias({ type: "git.branch", value: `thor:new-${n}`, anchorId, source: "bench" }),
    );
    return { look: median(looked), bind: median(bound) };
  });

const dueLanes = (count: number, samples: number) =>
  inWorld(async (ledger) => {
    await fillConversations(ledger, count);
    await timeEach(20, () => claimAndSettle(ledger));
    return median(await timeEach(samples, () => claimAndSettle(ledger)));
  });

const oneLane = (count: number, samples: number) =>
  inWorld(async (ledger) => {
    await fillLane(ledger, count);
    await timeEach(20, () => claimAndSettle(ledger));
    return median(await timeEach(samples, () => claimAndSettle(ledger)));
  });

const firstPage = (count: number, samples: number) =>
  inWorld(async (ledger) => {
    await fillConversations(ledger, count);
    await timeEach(20, () => ledger.listConversations({ limit: 50 }));
    return median(await timeEach(samples, () => ledger.listConversations({ limit: 50 })));
  });

async function compare(
  goal: { id: string; what: string },
  sizes: readonly [number, number],
  measure: (count: number) => Promise<number>,
): Promise<Measure> {
  const [small, large] = [await measure(sizes[0]), await measure(sizes[1])];
  const detail = `${small.toFixed(3)} ms at ${sizes[0]}, ${large.toFixed(3)} ms at ${sizes[1]}`;
  return { ...goal, value: large / small, goal: 3, must: "at most", detail };
}

/** Measures everything that grows with the data. */
export async function measureSizes(sizes: Sizes): Promise<Measure[]> {
  const { samples } = sizes;
  const few = await aliases(sizes.aliases[0], samples);
  const many = await aliases(sizes.aliases[1], samples);
  const at = (small: number, large: number) =>
    `${small.toFixed(3)} ms at ${sizes.aliases[0]}, ${large.toFixed(3)} ms at ${sizes.aliases[1]}`;
  return [
    {
      id: "P1",
      what: "alias look-up",
      value: many.look / few.look,
      goal: 3,
      must: "at most",
      detail: at(few.look, many.look),
    },
    {
      id: "P2",
      what: "alias insert",
      value: many.bind / few.bind,
      goal: 3,
      must: "at most",
      detail: at(few.bind, many.bind),
    },
    await compare({ id: "P5", what: "claim + settle, many due lanes" }, sizes.lanes, (count) =>
      dueLanes(count, samples),
    ),
    await compare({ id: "P6", what: "claim + settle, one long lane" }, sizes.lane, (count) => oneLane(count, samples)),
    await compare({ id: "P10", what: "first page of conversations" }, sizes.anchors, (count) =>
      firstPage(count, samples),
    ),
  ];
}
