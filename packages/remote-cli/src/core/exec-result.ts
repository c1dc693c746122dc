import type { ExecResult } from "@thor/domain/exec";

const BUSY_EXIT = 75;

/** A call that did not run, with the reason where a terminal shows it. */
export const failure = (stderr: string, exitCode = 1): ExecResult => ({
  stdout: "",
  stderr: stderr.endsWith("\n") ? stderr : `${stderr}\n`,
  exitCode,
});

/** Not now: the same call may be made again. */
export const busy = (stderr: string) => failure(stderr, BUSY_EXIT);
