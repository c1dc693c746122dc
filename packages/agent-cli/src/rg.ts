/** ripgrep with two guards: no search through everything, and no link is followed. */
import { spawnSync } from "node:child_process";
import { constants } from "node:os";

import { searchFault, withoutFollowing } from "./search-scope.ts";

const {
  THOR_REAL_RG: rg = "/usr/bin/rg",
  THOR_RG_CWD_OVERRIDE: cwd = process.cwd(),
  THOR_WORKSPACE_DIR: workspace = "/workspace",
  BUN_BE_BUN: _bun,
  ...env
} = process.env;
const args = process.argv.slice(2);
const fault = searchFault(args, cwd, workspace);
if (fault === undefined) {
  const { status, signal, error } = spawnSync(rg, withoutFollowing(args), { stdio: "inherit", env });
  if (error !== undefined) process.stderr.write(`rg: ${error.message}\n`);
  process.exitCode = signal === null ? (status ?? 127) : 128 + constants.signals[signal];
} else {
  process.stderr.write(`${fault}\n`);
  process.exitCode = 2;
}
