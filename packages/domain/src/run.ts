/**
 * States of a run (ledger table `triggers`).
 *
 *   starting ──▶ running ◀──▶ parked
 *       │           │           │
 *       └───────────┴───────────┴──▶ completed | error | aborted | budget | crashed
 */
import { z } from "zod";

export const OpenRunStatus = z.enum(["starting", "running", "parked"]);
export type OpenRunStatus = z.infer<typeof OpenRunStatus>;
export const EndedRunStatus = z.enum(["completed", "error", "aborted", "budget", "crashed"]);
export type EndedRunStatus = z.infer<typeof EndedRunStatus>;
export const RunStatus = z.enum([...OpenRunStatus.options, ...EndedRunStatus.options]);
export type RunStatus = z.infer<typeof RunStatus>;
export const RunCause = z.enum(["dispatch", "continue", "direct", "observed", "e2e"]);
export type RunCause = z.infer<typeof RunCause>;

/** What a run has used so far; money in micro-USD. */
export interface RunTotals {
  tools: number;
  errors: number;
  tokensInput: number;
  tokensOutput: number;
  tokensReasoning: number;
  tokensCacheRead: number;
  tokensCacheWrite: number;
  costMicros: number;
  unpricedTokens: number;
}
