/** `bench ledger [--quick] [--only=commits|sizes|housekeeping]`: the ledger's goals as ratios within one run on one file system. */
import { missed, renderReport } from "../report.ts";
import { measureCommits } from "./commits.ts";
import { measureHousekeeping } from "./housekeeping.ts";
import { measureSizes } from "./sizes.ts";

export { neighbour } from "./commits.ts";

const FULL = {
  sizes: {
    aliases: [1000, 1_000_000],
    lanes: [100, 100_000],
    lane: [50, 100_000],
    anchors: [1000, 100_000],
    samples: 400,
  },
  commits: { events: 20_000, samples: 2000, forMs: 8000 },
  housekeeping: { old: 20_000, samples: 3000 },
} as const;
const QUICK = {
  sizes: { aliases: [1000, 50_000], lanes: [100, 10_000], lane: [50, 10_000], anchors: [1000, 10_000], samples: 200 },
  commits: { events: 8000, samples: 800, forMs: 3000 },
  housekeeping: { old: 5000, samples: 2000 },
} as const;

/** Runs all measures, prints the table, answers how many goals were missed. */
export async function runLedgerBench(args: string[]): Promise<number> {
  const { sizes, commits, housekeeping } = args.includes("--quick") ? QUICK : FULL;
  const isAsked = (part: string) => !args.some((arg) => arg.startsWith("--only=")) || args.includes(`--only=${part}`);
  const measures = [
    ...(isAsked("commits") ? await measureCommits(commits) : []),
    ...(isAsked("sizes") ? await measureSizes(sizes) : []),
    ...(isAsked("housekeeping") ? await measureHousekeeping(housekeeping) : []),
  ];
  const sorted = measures.toSorted((a, b) => Number.parseInt(a.id.slice(1), 10) - Number.parseInt(b.id.slice(1), 10));
  process.stdout.write(`${renderReport(sorted)}\n`);
  return missed(sorted);
}
