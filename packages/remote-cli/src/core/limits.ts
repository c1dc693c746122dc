/** How long a child may take and how much it may say. */
import type { TimeoutClass } from "./grammar/spec.ts";

const MIB = 1024 * 1024;
const SECONDS: Readonly<Record<TimeoutClass, number>> = {
  local: 120,
  network: 300,
  clone: 600,
  gh: 120,
  watch: 1800,
  download: 600,
  psql: 120,
  aws: 300,
  ldcli: 60,
  scoutqa: 3600,
  metabase: 60,
};
const STDOUT_MIB: Readonly<Partial<Record<TimeoutClass, number>>> = {
  psql: 5,
  aws: 5,
  ldcli: 1,
  scoutqa: 50,
  metabase: 2,
};

/** Commands that watch or stream. */
export const isLongClass = (timeClass: TimeoutClass) => timeClass === "watch" || timeClass === "scoutqa";

export interface ChildLimits {
  timeoutMs: number;
  maxStdoutBytes: number;
  maxStderrBytes: number;
}

/** Calls of Thor's own services are short and small. */
export function limitsOf(timeClass: TimeoutClass, isService = false): ChildLimits {
  return isService
    ? { timeoutMs: 60_000, maxStdoutBytes: MIB, maxStderrBytes: MIB }
    : {
        timeoutMs: SECONDS[timeClass] * 1000,
        maxStdoutBytes: (STDOUT_MIB[timeClass] ?? 10) * MIB,
        maxStderrBytes: MIB,
      };
}

/** The line that tells the agent why its command was stopped. */
export function stoppedLine(end: "timeout" | "capped", { timeoutMs, maxStdoutBytes }: ChildLimits): string {
  const why = end === "timeout" ? `timeout ${timeoutMs / 1000} s` : `output over ${maxStdoutBytes / MIB} MiB`;
  return `[thor] stopped: ${why}; narrow the command\n`;
}
