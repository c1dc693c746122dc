/** How long git may take and how much it may say. */
import type { TimeoutClass } from "../grammar/spec.ts";

const MIB = 1024 * 1024;
const TIMEOUT_MS: Readonly<Record<TimeoutClass, number>> = { local: 120_000, network: 300_000, clone: 600_000 };

export interface GitLimits {
  timeoutMs: number;
  maxStdoutBytes: number;
  maxStderrBytes: number;
}

/** Calls of Thor's own services are short and small. */
export function gitLimits(timeClass: TimeoutClass, isService: boolean): GitLimits {
  return isService
    ? { timeoutMs: 60_000, maxStdoutBytes: MIB, maxStderrBytes: MIB }
    : { timeoutMs: TIMEOUT_MS[timeClass], maxStdoutBytes: 10 * MIB, maxStderrBytes: MIB };
}

/** The line that tells the agent why its command was stopped. */
export function stoppedLine(end: "timeout" | "capped", { timeoutMs, maxStdoutBytes }: GitLimits): string {
  const why = end === "timeout" ? `timeout ${timeoutMs / 1000} s` : `output over ${maxStdoutBytes / MIB} MiB`;
  return `[thor] stopped: ${why}; narrow the command\n`;
}
