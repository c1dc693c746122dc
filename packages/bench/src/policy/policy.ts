/** `bench policy [--quick]`: what the policy gateway adds to git, as ratios to a plain spawn within one run. */
import { spawn } from "node:child_process";
import { createServer } from "node:net";

import { inParallel, median, missed, renderReport, timeEach, type Measure } from "../report.ts";
import { startRemoteCliProcess } from "./remote-cli-process.ts";

const LANES = 16;
/** A session runs eight calls at once and lets sixteen wait. */
const WARM_UP = 20;

function plain(cwd: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn("git", ["rev-parse", "HEAD"], { cwd, stdio: ["ignore", "pipe", "pipe"] });
    child.stdout.resume();
    child.stderr.resume();
    child.on("error", reject);
    child.on("close", (code) => (code === 0 ? resolve() : reject(new Error(`git ended with ${code}`))));
  });
}

async function perSecond(total: number, call: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await inParallel(total, LANES, call);
  return (total * 1000) / (performance.now() - startedAt);
}

export const freePort = () =>
  new Promise<number>((resolve) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" ? (address?.port ?? 0) : 0));
    });
  });

/** Takes turns, so that a busy machine slows both sides alike. */
async function measure(times: number): Promise<Measure[]> {
  const service = await startRemoteCliProcess(await freePort());
  try {
    const spawnPlain = () => plain(service.clone);
    await timeEach(WARM_UP, service.revParse);
    await timeEach(WARM_UP, spawnPlain);
    const took = { plain: [] as number[], policy: [] as number[] };
    await timeEach(times, async () => {
      took.plain.push(...(await timeEach(1, spawnPlain)));
      took.policy.push(...(await timeEach(1, service.revParse)));
    });
    const rates = { plain: [] as number[], policy: [] as number[] };
    await timeEach(3, async () => {
      rates.plain.push(await perSecond(times, spawnPlain));
      rates.policy.push(await perSecond(times, service.revParse));
    });
    const [one, all] = [median(took.plain), median(rates.plain)];
    return [
      {
        id: "P1",
        what: "one call of git, p50 over a plain spawn",
        value: median(took.policy) / one,
        goal: 1.5,
        must: "at most",
        detail: `${one.toFixed(1)} ms plain, ${median(took.policy).toFixed(1)} ms through the policy`,
      },
      {
        id: "P2",
        what: `${LANES} calls at once, throughput over plain spawns`,
        value: median(rates.policy) / all,
        goal: 0.6,
        must: "at least",
        detail: `${all.toFixed(0)}/s plain, ${median(rates.policy).toFixed(0)}/s through the policy`,
      },
    ];
  } finally {
    service.stop();
  }
}

/** Runs both measures, prints the table, answers how many goals were missed. */
export async function runPolicyBench(args: string[]): Promise<number> {
  const measures = await measure(args.includes("--quick") ? 100 : 400);
  process.stdout.write(`${renderReport(measures)}\n`);
  return missed(measures);
}
