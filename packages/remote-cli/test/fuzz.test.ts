/**
 * Thousands of mixed-up calls: all are decided, a share of those let in runs for real, and the canary lives: its words are
 * in no output, its bytes are unchanged, nothing was started that leaves a mark, and no protected branch has moved.
 * `THOR_FUZZ_CASES` and `THOR_FUZZ_SEED` choose how many and which; scripts/fuzz-policy.ts runs the long one.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import * as fc from "fast-check";
import { expect, it } from "vitest";

import { createSqlParser } from "../src/adapters/sql-parser.ts";
import { explanationOf } from "../src/core/explanation.ts";
import { createExplain } from "../src/flows/explain.ts";
import { argvOf, TABLES } from "./argv.ts";
import { plainGit } from "./git-host.ts";
import { openWorld } from "./world.ts";

const CASES = Number(process.env["THOR_FUZZ_CASES"] ?? 2000);
const SEED = Number(process.env["THOR_FUZZ_SEED"] ?? 20_260_101);
/** One real run for so many decisions. */
const SHARE = 20;
const CANARY = "the words of the canary";
const TIMEOUT_MS = 60_000 + CASES * 40;

const { explain } = createExplain(createSqlParser());

it(
  "decides any call without a fault, and what is let in reads and changes nothing that it may not",
  { timeout: TIMEOUT_MS },
  async () => {
    const world = await openWorld();
    await world.settle();
    const outside = join(world.directory, "outside");
    mkdirSync(outside);
    const [canary, sentinel] = [join(outside, "canary"), join(outside, "sentinel")];
    writeFileSync(canary, CANARY);
    const touch = `touch ${sentinel}`;
    const own = [
      canary,
      `../../../../../outside/canary`,
      `--output=${canary}`,
      `-O${touch}`,
      `--upload-pack=${touch}`,
      `@${canary}`,
    ];
    const hostile = [
      ...own,
      `file://${canary}`,
      `-c core.fsmonitor=${touch}`,
      `:(top)../../${canary}`,
      `ext::sh -c ${touch}`,
    ];
    const before = {
      main: plainGit(world.github.bare, "rev-parse", "main"),
      config: readFileSync(join(world.main, ".git/config"), "utf8"),
    };
    const tables = Object.entries(TABLES);
    const calls = fc.oneof(...tables.map(([tool, table]) => fc.tuple(fc.constant(tool), argvOf(table, hostile))));
    const allowed: string[][] = [];
    const verdicts = { allow: 0, approve: 0, deny: 0 };
    for (const [tool, args] of fc.sample(calls, { numRuns: CASES, seed: SEED })) {
      const decision = await explain(tool, args);
      if (decision === undefined) throw new Error(`no decision about ${tool}`);
      const { decision: verdict } = explanationOf(decision);
      verdicts[verdict] += 1;
      if (tool === "git" && verdict === "allow") allowed.push(args);
    }
    expect(Math.min(verdicts.allow, verdicts.deny)).toBeGreaterThan(CASES / 100);
    const shown: string[] = [];
    for (const args of allowed.slice(0, Math.ceil(CASES / SHARE))) {
      const answer = await world.exec(world.first.sessionId, "/exec/git", { args, cwd: world.worktree, stdin: "text" });
      expect([200, 400]).toContain(answer.status);
      shown.push(answer.stdout, answer.stderr);
    }
    expect(shown.some((text) => text.includes(CANARY))).toBe(false);
    expect(readFileSync(canary, "utf8")).toBe(CANARY);
    expect(existsSync(sentinel)).toBe(false);
    expect(plainGit(world.github.bare, "rev-parse", "main")).toBe(before.main);
    expect(readFileSync(join(world.main, ".git/config"), "utf8")).toBe(before.config);
  },
);
