/** A token works only while its conversation's work goes on, and shortly after. */

export interface RunState {
  status: string;
  endedAt?: number | undefined;
}
export type Running = { kind: "running" } | { kind: "not_running" } | { kind: "ended" };

const GRACE_MS = 10 * 60_000;
const OPEN = new Set(["starting", "running", "parked"]);
const STOPPED = new Set(["budget", "aborted"]);

/** Judges the runs of a conversation, newest first. */
export function judgeRuns(runs: readonly RunState[], now: number): Running {
  if (runs.some(({ status }) => OPEN.has(status))) return { kind: "running" };
  const newest = runs[0];
  if (newest?.endedAt === undefined || now - newest.endedAt > GRACE_MS) return { kind: "not_running" };
  return STOPPED.has(newest.status) ? { kind: "ended" } : { kind: "running" };
}
