/** P11, P12: what a sweep costs readers, and what a run costs on disk. */
import { statSync } from "node:fs";

import { inParallel, type Measure, quantile, timeEach } from "../report.ts";
import { message, newWorld, open } from "./world.ts";

const HUNDRED_DAYS_MS = 100 * 24 * 3_600_000;
const PARTS = 200;
const UPDATES = 20;
/** Parts are as unlike as those of a real run: a line here, a tool result there. */
const bytesOf = (part: number) => 300 + ((part * 379) % 6000);

const state = (part: number, rev: number) => ({ text: "x".repeat((bytesOf(part) * rev) / UPDATES) });

async function sweepCost(old: number, samples: number): Promise<Measure> {
  const world = newWorld();
  const past = { now: () => Date.now() - HUNDRED_DAYS_MS, chance: Math.random };
  const then = await open(world.path, { clock: past });
  await inParallel(old, 256, (n) => then.admit(message(`${n}`, `c${n % 100}`)));
  await inParallel(old, 256, (n) =>
    then.cancelReady({ provider: "slack", messageKey: `T1/C1/${n}`, reason: "old", by: "bench" }),
  );
  await then.close();
  const ledger = await open(world.path);
  const read = (n: number) => ledger.anchorOf({ type: "git.branch", value: `thor:c${n % 100}` }).then(() => nextTurn());
  await timeEach(samples, read);
  const idle = quantile(await timeEach(samples, read), 0.99);
  const ended = new AbortController();
  const sweeping = ledger.sweep().finally(() => ended.abort());
  const during: number[] = [];
  while (!ended.signal.aborted) during.push(...(await timeEach(50, read)));
  const swept = await sweeping;
  await ledger.close();
  world.remove();
  const removed = swept.kind === "swept" ? swept.removed : 0;
  const busy = quantile(during, 0.99);
  const detail = `${idle.toFixed(3)} ms idle, ${busy.toFixed(3)} ms while ${removed} rows went`;
  return { id: "P11", what: "point-read p99 during a sweep", value: busy / idle, goal: 5, must: "at most", detail };
}

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

async function runGrowth(): Promise<Measure> {
  const world = newWorld();
  const first = await open(world.path);
  const minted = await first.mintAnchor({ correlationKey: "cron:bench", source: "bench" });
  if (minted.kind !== "minted") throw new Error(minted.kind);
  const { anchorId } = minted;
  const asked = {
    triggerId: "t1",
    anchorId,
    cause: "direct" as const,
    source: "bench",
    requesters: [],
    promptMessageId: "m1",
    holder: "bench",
  };
  const run = await first.openOwnTrigger(asked);
  if (run.kind !== "opened") throw new Error(run.kind);
  await first.close();
  const before = statSync(world.path).size;
  const ledger = await open(world.path);
  for (let rev = 1; rev <= UPDATES; rev += 1) {
    const parts = Array.from({ length: PARTS }, (_, n) => ({
      partId: `p${n}`,
      sessionId: "s1",
      messageId: "m1",
      type: "text",
      firstSeq: n,
      rev,
      state: state(n, rev),
      truncated: false,
    }));
    await ledger.upsertParts({ triggerId: "t1", runFence: run.runFence, anchorId, parts });
  }
  await ledger.close();
  const growth = statSync(world.path).size - before;
  world.remove();
  const sizes = Array.from({ length: PARTS }, (_, n) => JSON.stringify(state(n, UPDATES)).length);
  const final = sizes.reduce((total, size) => total + size, 0);
  return {
    id: "P12",
    what: "file growth of a run vs its parts",
    value: growth / final,
    goal: 2,
    must: "at most",
    detail: `${growth} bytes for ${final}`,
  };
}

/** Measures what goes on beside the work itself. */
export const measureHousekeeping = async (options: { old: number; samples: number }): Promise<Measure[]> => [
  await sweepCost(options.old, options.samples),
  await runGrowth(),
];
