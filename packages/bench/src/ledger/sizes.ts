/** P1, P2, P5, P6, P10: what a hundred or a thousand times more rows may cost. */
import type { Ledger } from "@thor/ledger/port";

import { type Measure, median, timeEach } from "../report.ts";
import { claimAndSettle, fillAliases, fillConversations, fillLane, newWorld, open } from "./world.ts";

export interface Sizes {
  aliases: readonly [small: number, large: number];
  lanes: readonly [small: number, large: number];
  lane: readonly [small: number, large: number];
  anchors: readonly [small: number, large: number];
  samples: number;
}

const WARM_UP = 20;

type Sample = (ledger: Ledger, n: number) => Promise<unknown>;
interface Question {
  sizes: readonly [small: number, large: number];
  samples: number;
  fill: (ledger: Ledger, count: number) => Promise<unknown>;
}

/** Asks a small and a large world in turns, so that a slow moment of the machine hits both. */
async function inTurns({ sizes, samples, fill }: Question, sample: Sample): Promise<[small: number, large: number]> {
  const worlds = sizes.map((count) => ({ count, world: newWorld() }));
  const ledgers: Ledger[] = [];
  for (const { count, world } of worlds) {
    const ledger = await open(world.path);
    await fill(ledger, count);
    ledgers.push(ledger);
  }
  const took: number[][] = ledgers.map(() => []);
  for (let n = -WARM_UP; n < samples; n += 1) {
    for (const [index, ledger] of ledgers.entries()) {
      const [ms = 0] = await timeEach(1, () => sample(ledger, n + WARM_UP));
      if (n >= 0) took[index]?.push(ms);
    }
  }
  for (const ledger of ledgers) await ledger.close();
  for (const { world } of worlds) world.remove();
  return [median(took[0] ?? []), median(took[1] ?? [])];
}

async function compare(goal: { id: string; what: string }, question: Question, sample: Sample): Promise<Measure> {
  const [small, large] = await inTurns(question, sample);
  const detail = `${small.toFixed(3)} ms at ${question.sizes[0]}, ${large.toFixed(3)} ms at ${question.sizes[1]}`;
  return { ...goal, value: large / small, goal: 3, must: "at most", detail };
}

const branch = (value: string) => ({ type: "git.branch" as const, value: `thor:${value}` });

/** Measures everything that grows with the data. */
export async function measureSizes({ samples, ...sizes }: Sizes): Promise<Measure[]> {
  const few = sizes.aliases[0];
  const aliases = { sizes: sizes.aliases, samples, fill: fillAliases };
  const lanes = { sizes: sizes.lanes, samples, fill: fillConversations };
  const lane = { sizes: sizes.lane, samples, fill: fillLane };
  const anchors = { sizes: sizes.anchors, samples, fill: fillConversations };
  return [
    await compare({ id: "P1", what: "alias look-up" }, { ...aliases, samples: samples * 5 }, (ledger, n) =>
      ledger.anchorOf(branch(`alias-${(n * 7919) % few}`)),
    ),
    await compare({ id: "P2", what: "alias insert" }, aliases, async (ledger, n) => {
      const known = await ledger.anchorOf(branch("alias-0"));
      const anchorId = known.kind === "known" ? known.anchorId : "";
      return ledger.bindAlias({ ...branch(`new-${n}`), anchorId, source: "bench" });
    }),
    await compare({ id: "P5", what: "claim + settle, many due lanes" }, lanes, claimAndSettle),
    await compare({ id: "P6", what: "claim + settle, one long lane" }, lane, claimAndSettle),
    await compare({ id: "P10", what: "first page of conversations" }, anchors, (ledger) =>
      ledger.listConversations({ limit: 50 }),
    ),
  ];
}
