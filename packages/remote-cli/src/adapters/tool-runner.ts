/** Starts a program that needs the network and nothing of the workspace, with a private home that is gone afterwards. */
import type { ChildResult, RunChild } from "@thor/kit/child";

import type { ToolChild } from "../core/tool-child.ts";
import { withCallDirectory } from "./call-directory.ts";
import type { Confine } from "./confinement.ts";
import { findProgram } from "./find-program.ts";

const KILL_GRACE_MS = 5000;

export function createToolRunner(options: {
  path: string;
  callsDirectory: string;
  confine: Confine;
  runChild: RunChild;
}) {
  const { path, callsDirectory, confine, runChild } = options;
  return (run: ToolChild): Promise<ChildResult> =>
    withCallDirectory(callsDirectory, (home) => {
      const { bin, argv, timeoutMs, maxStdoutBytes, maxStderrBytes } = run;
      const base = { PATH: path, HOME: home, TMPDIR: home, LANG: "C.UTF-8", TZ: "UTC", TERM: "dumb", NO_COLOR: "1" };
      const view = { home, isOnline: true, isRead: true, repository: undefined, writable: [] };
      const isThere = findProgram(bin, path) !== undefined;
      const child = isThere ? confine({ bin, argv }, view) : { bin, argv };
      const limits = { timeoutMs, maxStdoutBytes, maxStderrBytes, killGraceMs: KILL_GRACE_MS };
      return runChild({ ...child, env: { ...base, ...run.env }, cwd: home, ...limits }, run);
    });
}
