/** `pnpm test`: runs every layer of tests and closes with one line that counts them. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { z } from "zod";

const Report = z.object({ numPassedTests: z.number(), numFailedTests: z.number(), numPendingTests: z.number() });

const folder = mkdtempSync(join(tmpdir(), "thor-tests-"));
const file = join(folder, "report.json");
const { status } = spawnSync(
  "vitest",
  [
    "run",
    "--config",
    "vitest.workspace.ts",
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${file}`,
    ...process.argv.slice(2),
  ],
  { stdio: ["ignore", "inherit", "inherit"] },
);

function countOf(path: string): z.infer<typeof Report> {
  try {
    return Report.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch {
    // A run that broke before its report counts as one failure, never as none.
    return { numPassedTests: 0, numFailedTests: 1, numPendingTests: 0 };
  }
}

const { numPassedTests, numFailedTests, numPendingTests } = countOf(file);
rmSync(folder, { recursive: true, force: true });
const skipped = numPendingTests === 0 ? "" : `, ${numPendingTests} skipped`;
process.stdout.write(`${numPassedTests} passed, ${numFailedTests} failed${skipped}\n`);
process.exitCode = status === 0 && numFailedTests === 0 ? 0 : 1;
