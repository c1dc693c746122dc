/** The long fuzz of the policy: `node scripts/fuzz-policy.ts [cases] [seed]`, 100,000 with a new seed unless told otherwise. */
import { spawnSync } from "node:child_process";

const [cases = "100000", seed = String(Date.now() % 2_147_483_647)] = process.argv.slice(2);
process.stdout.write(`${cases} cases, seed ${seed}\n`);
const files = ["fuzz", "properties"].map((name) => `packages/remote-cli/test/${name}.test.ts`);
const test = ["run", "--config", "vitest.workspace.ts", ...files];
const { status } = spawnSync("npx", ["pnpm", "exec", "vitest", ...test], {
  stdio: "inherit",
  env: { ...process.env, THOR_FUZZ_CASES: cases, THOR_FUZZ_SEED: seed },
});
process.exitCode = status ?? 1;
