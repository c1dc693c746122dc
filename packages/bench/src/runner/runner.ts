/** `bench runner [--quick]`: what Thor adds to a turn of OpenCode, as ratios to the same OpenCode driven directly. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { startRealOpencode } from "@thor/simulators/opencode";
import { startSimulators } from "@thor/simulators/start";

import { freePort } from "../policy/policy.ts";
import { inParallel, median, missed, renderReport, timeEach, type Measure } from "../report.ts";
import { openBareOpencode } from "./bare-opencode.ts";
import { startRunnerProcess } from "./runner-process.ts";

const CONVERSATIONS = 32;
const PLUGIN = join(import.meta.dirname, "../../../agent-cli/src/plugin.ts");
const PASS_MS = 3_600_000;
const PROMPT = "bench-turn";
/** Two tools and an answer from a model that takes its time, though less of it than a real one. */
const SCENARIO = `scenario: bench
when: [{ user: ${PROMPT} }]
turns:
  - { stall: 0.5, call: [{ bash: echo one }] }
  - { stall: 0.5, call: [{ bash: echo two }] }
  - { stall: 0.5, say: done }
`;

type Turn = (prompt: string) => Promise<void>;
interface Sides {
  bare: Turn;
  thor: Turn;
}

/** Takes turns, so that a busy machine slows both sides alike. */
async function measureOne(times: number, { bare, thor }: Sides): Promise<Measure> {
  const took = { bare: [] as number[], thor: [] as number[] };
  for (let n = 0; n < times; n += 1) {
    took.bare.push(...(await timeEach(1, () => bare(PROMPT))));
    took.thor.push(...(await timeEach(1, () => thor(PROMPT))));
  }
  const [plain, through] = [median(took.bare), median(took.thor)];
  return {
    id: "T1",
    what: "a turn alone, from the call to its recorded end, p50 over bare OpenCode",
    value: through / plain,
    goal: 1.15,
    must: "at most",
    detail: `${plain.toFixed(0)} ms bare, ${through.toFixed(0)} ms through Thor`,
  };
}

async function perSecond(turn: Turn): Promise<number> {
  const startedAt = performance.now();
  await inParallel(CONVERSATIONS, CONVERSATIONS, () => turn(PROMPT));
  return (CONVERSATIONS * 1000) / (performance.now() - startedAt);
}

async function measureTogether(rounds: number, { bare, thor }: Sides): Promise<Measure> {
  const rates = { bare: [] as number[], thor: [] as number[] };
  for (let round = 0; round < rounds; round += 1) {
    rates.bare.push(await perSecond(bare));
    rates.thor.push(await perSecond(thor));
  }
  const [plain, through] = [median(rates.bare), median(rates.thor)];
  return {
    id: "T32",
    what: `${CONVERSATIONS} conversations at once, turns per second over bare OpenCode`,
    value: through / plain,
    goal: 0.9,
    must: "at least",
    detail: `${plain.toFixed(2)}/s bare, ${through.toFixed(2)}/s through Thor`,
  };
}

/** Thor's plugin works on both sides, so a session that Thor does not know needs a pass too. */
const createAdmit = (passesDir: string, cwd: string) => (session: string) => {
  const worktreesFile = join(passesDir, "worktrees");
  const pass = { session, anchor: "bench", token: "bench", cwd, worktreesFile, expiresAt: Date.now() + PASS_MS };
  writeFileSync(join(passesDir, `${session}.json`), JSON.stringify(pass));
};

/** Runs both measures, prints the table, answers how many goals were missed. */
export async function runRunnerBench(args: string[]): Promise<number> {
  const root = mkdtempSync(join(tmpdir(), "thor-bench-"));
  const [workspace, passesDir] = [join(root, "workspace"), join(root, "passes")];
  const [directory, config] = [join(workspace, "repos/demo"), join(workspace, "config")];
  // Not below the repositories: what somebody does there is recorded, and the bare side must cost Thor nothing.
  const elsewhere = join(root, "elsewhere");
  for (const folder of [directory, elsewhere, config, join(workspace, "data"), passesDir])
    mkdirSync(folder, { recursive: true });
  writeFileSync(join(config, "thor.json"), "{}");
  const sims = await startSimulators();
  const { url, model } = sims.facts;
  const opencode = await startRealOpencode(model.baseUrl, {
    plugin: { file: PLUGIN, env: { THOR_PASSES_DIR: passesDir, THOR_WORKSPACE_DIR: workspace } },
  });
  const bare = await openBareOpencode({
    url: opencode.url,
    directory: elsewhere,
    admit: createAdmit(passesDir, elsewhere),
  });
  const place = { workspace, directory, passesDir, opencodeUrl: opencode.url, port: await freePort() };
  const runner = await startRunnerProcess({ ...place, maxRunningTurns: CONVERSATIONS });
  try {
    await fetch(`${url}/_sim/model/scenarios`, {
      method: "PUT",
      body: JSON.stringify({ yaml: SCENARIO }),
      headers: { "content-type": "application/json" },
    });
    const sides = { bare: bare.turn, thor: runner.turn };
    await bare.turn(PROMPT);
    await runner.turn(PROMPT);
    const isQuick = args.includes("--quick");
    const measures = [await measureOne(isQuick ? 5 : 20, sides), await measureTogether(isQuick ? 1 : 3, sides)];
    process.stdout.write(`${renderReport(measures)}\n`);
    return missed(measures);
  } finally {
    await runner.stop();
    bare.close();
    await opencode.close();
    await sims.close();
    rmSync(root, { recursive: true, force: true });
  }
}
