import { runGatewayBench } from "./gateway/gateway.ts";
import { neighbour, runLedgerBench } from "./ledger/bench.ts";
import { runMcpBench } from "./mcp/mcp.ts";
import { runPagesBench } from "./pages/pages.ts";
import { runPolicyBench } from "./policy/policy.ts";
import { runRunnerBench } from "./runner/runner.ts";
import { runSandboxBench } from "./sandbox/sandbox.ts";

/** Every bench by name: it prints its table and answers how many goals were missed. */
const BENCHES: ReadonlyMap<string, (args: string[]) => Promise<number>> = new Map([
  ["ledger", runLedgerBench],
  ["ledger-neighbour", neighbour],
  ["gateway", runGatewayBench],
  ["policy", runPolicyBench],
  ["pages", runPagesBench],
  ["mcp", runMcpBench],
  ["runner", runRunnerBench],
  ["sandbox", runSandboxBench],
]);

const [name = "", ...args] = process.argv.slice(2);
const bench = BENCHES.get(name);
if (bench === undefined) process.stderr.write(`usage: bench <${[...BENCHES.keys()].join(" | ")}> [--quick]\n`);
process.exitCode = bench === undefined || (await bench(args)) > 0 ? 1 : 0;
