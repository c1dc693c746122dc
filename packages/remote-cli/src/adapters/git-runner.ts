/** Starts git: always hardened, in an environment built from nothing, with a private home that is gone afterwards. */
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import type { ChildResult, RunChild } from "@thor/kit/child";
import type { Log } from "@thor/kit/flow/log";

import { childBase } from "../core/child-base.ts";
import { gitEnvironment, gitSettings, type GitIdentity } from "../core/git/hardening.ts";
import type { ChildLimits } from "../core/limits.ts";
import { openAskpass, type AskpassAnswer } from "./askpass-socket.ts";
import { withCallDirectory } from "./call-directory.ts";
import type { Confine } from "./confinement.ts";

const ASKPASS = join(dirname(fileURLToPath(import.meta.url)), "..", "askpass.ts");

interface GitRun extends ChildLimits {
  argv: readonly string[];
  /** Leads to the opened working directory. */
  cwd: string;
  repository?: { gitDir: string; workTree: string; root: string; commonDir: string } | undefined;
  isRead: boolean;
  stdin?: string | undefined;
  credential?: AskpassAnswer | undefined;
  /** Where a clone may write. */
  writable?: readonly string[] | undefined;
  signal?: AbortSignal | undefined;
  onStdout?: (chunk: Buffer) => void;
  onStderr?: (chunk: Buffer) => void;
}
export interface GitRunnerOptions {
  identity: GitIdentity;
  /** The program git itself; without one its commands answer that it is not there. */
  git: string | undefined;
  /** The PATH that children get; Node stands in front of it, for the askpass helper. */
  path: string;
  callsDirectory: string;
  confine: Confine;
  runChild: RunChild;
  log: Log;
}
export type RunGit = (run: GitRun) => Promise<ChildResult>;

export function createGitRunner(options: GitRunnerOptions): RunGit {
  const { identity, git, path, callsDirectory, confine, runChild, log } = options;
  const settings = gitSettings(identity);

  const start = (run: GitRun, home: string) => {
    const { argv, cwd, repository, isRead, credential, stdin } = run;
    const askpass = credential === undefined ? undefined : ASKPASS;
    const base = childBase({ path: `${dirname(process.execPath)}:${path}`, home }, run);
    const env = { ...base.env, ...gitEnvironment({ repository, isRead, askpass }) };
    const view = { home, isOnline: credential !== undefined, isRead, repository, writable: run.writable ?? [] };
    const words = [...settings, ...argv];
    const { bin, argv: all } =
      git === undefined ? { bin: "/nonexistent/git", argv: words } : confine({ bin: git, argv: words }, view);
    return runChild({ bin, argv: all, env, cwd, stdin, ...base.limits }, run);
  };

  return (run) =>
    withCallDirectory(callsDirectory, async (home) => {
      const { credential } = run;
      if (credential === undefined) return start(run, home);
      const socket = await openAskpass({ directory: home, answer: credential, log });
      try {
        return await start(run, home);
      } finally {
        await socket.close();
      }
    });
}
