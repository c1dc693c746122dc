import type { ChildLimits } from "./limits.ts";

const KILL_GRACE_MS = 5000;

/** What every child is started with, whatever the tool: an environment built from nothing, and its limits. */
export const childBase = ({ path, home }: { path: string; home: string }, limits: ChildLimits) => {
  const { timeoutMs, maxStdoutBytes, maxStderrBytes } = limits;
  return {
    env: { PATH: path, HOME: home, TMPDIR: home, LANG: "C.UTF-8", TZ: "UTC", TERM: "dumb", NO_COLOR: "1" },
    limits: { timeoutMs, maxStdoutBytes, maxStderrBytes, killGraceMs: KILL_GRACE_MS },
  };
};
