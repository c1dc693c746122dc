/** P3, P4, P7, P8, P9: commits of one process and of several. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { createInterface } from "node:readline";

import { inParallel, type Measure, quantile, timeEach } from "../report.ts";
import { message, newWorld, open } from "./world.ts";

const CALLERS = 64;
const NEIGHBOURS = 3;
const BATCH = 16;

/** Runs work and answers the longest time for which this event loop could do nothing else. */
async function longestStall<T>(work: () => Promise<T>): Promise<{ result: T; stallMs: number }> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const result = await work();
  delay.disable();
  return { result, stallMs: delay.max / 1e6 };
}

async function throughput(count: number, maxBatch?: number) {
  const world = newWorld();
  const ledger = await open(world.path, { maxBatch });
  await inParallel(200, CALLERS, (n) => ledger.admit(message(`warm${n}`, `warm${n}`)));
  const before = ledger.writerStats();
  const startedAt = performance.now();
  const { stallMs } = await longestStall(() =>
    inParallel(count, CALLERS, (n) => ledger.admit(message(`${n}`, `c${n}`))),
  );
  const perSecond = (count * 1000) / (performance.now() - startedAt);
  const commits = ledger.writerStats().commits - before.commits;
  await ledger.close();
  world.remove();
  return { perSecond, commitsPerEvent: commits / count, stallMs };
}

/** Starts another process that writes to the same file until its stdin ends; answers what it wrote. */
function startNeighbour(path: string, name: string) {
  const main = process.argv[1] ?? "";
  const child = spawn(process.execPath, [main, "ledger-neighbour", path, name], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => String((await lines.next()).value);
  return {
    ready: next(),
    stop: async (): Promise<{ written: number; refused: number }> => {
      child.stdin.end();
      const [written = 0, refused = 0] = (await next()).split(" ").map(Number);
      if (child.exitCode === null) await once(child, "exit");
      return { written, refused };
    },
  };
}

/** Writes batches of sixteen until stdin ends, then prints how many were written and how many refused. */
export async function neighbour([path = "", name = ""]: string[]): Promise<number> {
  const ledger = await open(path, { instance: name });
  const ending = new AbortController();
  process.stdin.resume().on("end", () => ending.abort());
  process.stdout.write("ready\n");
  let written = 0;
  let refused = 0;
  for (let round = 0; !ending.signal.aborted; round += 1) {
    const answers = await Promise.all(
      Array.from({ length: BATCH }, (_, n) => ledger.admit(message(`${name}-${round}-${n}`, `${name}-${round}-${n}`))),
    );
    written += answers.filter(({ kind }) => kind === "accepted").length;
    refused += answers.filter(({ kind }) => kind === "unavailable").length;
  }
  await ledger.close();
  process.stdout.write(`${written} ${refused}\n`);
  return 0;
}

async function amongNeighbours(samples: number) {
  const world = newWorld();
  const ledger = await open(world.path);
  const admit = (prefix: string) => (n: number) => ledger.admit(message(`${prefix}${n}`, `${prefix}${n}`));
  await timeEach(50, admit("warm"));
  const alone = quantile(await timeEach(samples, admit("alone")), 0.99);
  const neighbours = Array.from({ length: NEIGHBOURS }, (_, n) => startNeighbour(world.path, `n${n}`));
  await Promise.all(neighbours.map(({ ready }) => ready));
  const { result, stallMs } = await longestStall(() => timeEach(samples, admit("among")));
  await Promise.all(neighbours.map(({ stop }) => stop()));
  await ledger.close();
  world.remove();
  return { alone, among: quantile(result, 0.99), worst: Math.max(...result), stallMs };
}

async function together(processes: number, forMs: number) {
  const world = newWorld();
  await (await open(world.path)).close();
  const writers = Array.from({ length: processes }, (_, n) => startNeighbour(world.path, `w${n}`));
  await Promise.all(writers.map(({ ready }) => ready));
  const startedAt = performance.now();
  await new Promise((resolve) => setTimeout(resolve, forMs));
  const ends = await Promise.all(writers.map(({ stop }) => stop()));
  const seconds = (performance.now() - startedAt) / 1000;
  world.remove();
  const sum = (pick: (end: (typeof ends)[number]) => number) => ends.reduce((total, end) => total + pick(end), 0);
  return { perSecond: sum(({ written }) => written) / seconds, refused: sum(({ refused }) => refused) };
}

async function groupGain(events: number): Promise<{ measures: Measure[]; stallMs: number }> {
  const single = await throughput(Math.ceil(events / 4), 1);
  const grouped = await throughput(events);
  const detail = `${grouped.perSecond.toFixed(0)}/s vs ${single.perSecond.toFixed(0)}/s`;
  const gain = grouped.perSecond / single.perSecond;
  const commits = grouped.commitsPerEvent;
  return {
    stallMs: grouped.stallMs,
    measures: [
      { id: "P3", what: "grouped vs single commits", value: gain, goal: 4, must: "at least", detail },
      {
        id: "P4",
        what: "commits per accepted event",
        value: commits,
        goal: 0.1,
        must: "at most",
        detail: `${CALLERS} callers`,
      },
    ],
  };
}

async function crowdCost(samples: number): Promise<{ measures: Measure[]; stallMs: number }> {
  const { alone, among, worst, stallMs } = await amongNeighbours(samples);
  const detail = `${alone.toFixed(2)} ms alone, ${among.toFixed(2)} ms among ${NEIGHBOURS}`;
  return {
    stallMs,
    measures: [
      { id: "P7", what: "admit p99 among neighbours", value: among / alone, goal: 15, must: "at most", detail },
      { id: "P7b", what: "slowest admit among neighbours, ms", value: worst, goal: 1000, must: "at most", detail },
    ],
  };
}

async function fleetGain(forMs: number): Promise<Measure[]> {
  const [one, four] = [await together(1, forMs), await together(4, forMs)];
  const detail = `${four.perSecond.toFixed(0)}/s vs ${one.perSecond.toFixed(0)}/s`;
  return [
    {
      id: "P9",
      what: "four processes vs one",
      value: four.perSecond / one.perSecond,
      goal: 0.3,
      must: "at least",
      detail,
    },
    { id: "P9b", what: "refused writes of four processes", value: four.refused, goal: 0, must: "at most", detail },
  ];
}

/** Measures what group commit gains and what other processes cost. */
export async function measureCommits(options: { events: number; samples: number; forMs: number }): Promise<Measure[]> {
  const group = await groupGain(options.events);
  const crowd = await crowdCost(options.samples);
  const value = Math.max(group.stallMs, crowd.stallMs);
  const detail = `${group.stallMs.toFixed(1)} ms in P3, ${crowd.stallMs.toFixed(1)} ms in P7`;
  const stall: Measure = {
    id: "P8",
    what: "longest stall of the event loop, ms",
    value,
    goal: 50,
    must: "at most",
    detail,
  };
  return [...group.measures, ...crowd.measures, stall, ...(await fleetGain(options.forMs))];
}
