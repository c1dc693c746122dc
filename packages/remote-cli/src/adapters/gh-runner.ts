/** Starts gh: in an environment built from nothing, with a private home that is gone afterwards. */
import { runChild, type ChildResult } from "@thor/kit/child";

import { ghEnvironment } from "../core/gh/environment.ts";
import type { GitLimits } from "../core/git/limits.ts";
import { withCallDirectory } from "./call-directory.ts";
import type { Confine } from "./confinement.ts";

const KILL_GRACE_MS = 5000;

interface GhRun extends GitLimits {
  argv: readonly string[];
  owner: string;
  repo: string;
  token: string;
  signal: AbortSignal;
  onStdout: (chunk: Uint8Array) => void;
  onStderr: (chunk: Uint8Array) => void;
}
export type RunGh = (run: GhRun) => Promise<ChildResult>;

export function createGhRunner(options: {
  host: string;
  caFile?: string | undefined;
  path: string;
  callsDirectory: string;
  confine: Confine;
}): RunGh {
  const { callsDirectory, confine, path } = options;
  return (run) =>
    withCallDirectory(callsDirectory, (home) => {
      const { argv, timeoutMs, maxStdoutBytes, maxStderrBytes } = run;
      const env = {
        PATH: path,
        HOME: home,
        TMPDIR: home,
        GH_CONFIG_DIR: home,
        LANG: "C.UTF-8",
        TZ: "UTC",
        TERM: "dumb",
        NO_COLOR: "1",
        ...ghEnvironment({ ...options, ...run }),
      };
      const view = { home, isOnline: true, isRead: true, repository: undefined, writable: [] };
      const child = confine({ bin: "gh", argv: [...argv] }, view);
      const limits = { timeoutMs, maxStdoutBytes, maxStderrBytes, killGraceMs: KILL_GRACE_MS };
      return runChild({ bin: child.bin, argv: child.argv, env, cwd: home, ...limits }, run);
    });
}
