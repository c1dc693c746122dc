/** Lines of the crontab and their firings. */
import { z } from "zod";

import { AuditInput } from "./evidence.ts";
import { count, line, name, rowId, timeMs } from "./field.ts";

const MAX_LINES = 1000;

const ScheduleLine = z.strictObject({
  lineHash: name,
  lineNo: count,
  text: line(4096),
  expression: line(256).optional(),
  zone: line(64).optional(),
  words: line(256).optional(),
  prompt: line(4096).optional(),
  directory: line(512).optional(),
  key: line(512).optional(),
  valid: z.boolean(),
  error: line(500).optional(),
  errorCode: line(64).optional(),
  errorColumn: count.optional(),
  suggestion: line(1024).optional(),
  /** The next time to consider; a line that is known already keeps the one it had. */
  nextAt: timeMs.optional(),
});
export const SyncScheduleInput = z.strictObject({ lines: z.array(ScheduleLine).max(MAX_LINES) });

/**
 *   waiting ──answer of the gateway──▶ fired | failed     waiting ──patience over──▶ missed
 *   skipped and missed are also ends from the beginning; an end never changes.
 */
const ScheduleRunState = z.enum(["waiting", "fired", "skipped", "missed", "failed"]);

const run = {
  lineHash: name,
  dueAt: timeMs,
  state: ScheduleRunState,
  firedAt: timeMs.optional(),
  eventId: rowId.optional(),
  correlationKey: line(512).optional(),
  anchorId: rowId.optional(),
  reason: line(500).optional(),
};
export const RecordScheduleRunInput = z.strictObject({
  ...run,
  /** A person who asked for it out of turn. */
  requestedBy: name.optional(),
  audit: AuditInput.optional(),
});
export const PassScheduleInput = z.strictObject({
  lineHash: name,
  /** The next time to consider; none: never again. */
  nextAt: timeMs.optional(),
  runs: z.array(z.strictObject(run)).max(100),
});
export type ScheduleRunRecorded = { kind: "recorded" } | { kind: "exists"; state: string };
