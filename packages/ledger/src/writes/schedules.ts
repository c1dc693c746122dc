/** The crontab's lines and their firings. A line and a time fire once: whoever records them first may. */
import type { z } from "zod";

import {
  PassScheduleInput,
  RecordScheduleRunInput,
  type ScheduleRunRecorded,
  SyncScheduleInput,
} from "../contract/schedules.ts";
import type { Db } from "../schema.ts";
import { defineWrite, type WriteContext } from "../writer/context.ts";
import { writeAudit } from "./append-audit.ts";
import { deleteRow, findRow, insertRow, patchRow } from "./row.ts";

type Line = z.output<typeof SyncScheduleInput>["lines"][number];

const cellsOf = (line: Line, now: number) => ({
  line_no: line.lineNo,
  text: line.text,
  expression: line.expression ?? null,
  zone: line.zone ?? null,
  words: line.words ?? null,
  prompt: line.prompt ?? null,
  directory: line.directory ?? null,
  key: line.key ?? null,
  valid: line.valid ? (1 as const) : (0 as const),
  error: line.error ?? null,
  error_code: line.errorCode ?? null,
  error_column: line.errorColumn ?? null,
  suggestion: line.suggestion ?? null,
  updated_at: now,
});

/** The lines as the scheduler reads them now; a line that stays keeps the next time it had, so no time is lost or made up. */
export const syncSchedule = defineWrite(SyncScheduleInput, async (tx, { lines }, { now, changed }) => {
  const kept = new Set(lines.map(({ lineHash }) => lineHash));
  const known = await tx.selectFrom("schedule_lines").select("line_hash").execute();
  for (const { line_hash } of known) if (!kept.has(line_hash)) await deleteRow(tx, "schedule_lines", { line_hash });
  for (const line of lines) {
    const [key, cells] = [{ line_hash: line.lineHash }, cellsOf(line, now)];
    if (await patchRow(tx, "schedule_lines", { key, set: cells })) continue;
    await insertRow(tx, "schedule_lines", {
      row: { ...key, ...cells, next_at: line.nextAt ?? null, first_seen_at: now },
    });
  }
  changed("status", "schedule");
  return { kind: "synced" as const };
});

type Run = z.output<typeof RecordScheduleRunInput>;

async function recordRun(tx: Db, input: Run, now: number): Promise<ScheduleRunRecorded> {
  const key = { line_hash: input.lineHash, due_at: input.dueAt };
  const cells = {
    fired_at: input.firedAt ?? null,
    state: input.state,
    event_id: input.eventId ?? null,
    correlation_key: input.correlationKey ?? null,
    anchor_id: input.anchorId ?? null,
    reason: input.reason ?? null,
  };
  const old = await findRow(tx, "schedule_runs", key);
  if (old === undefined) {
    const row = { ...key, ...cells, opened_at: now, requested_by: input.requestedBy ?? null };
    await insertRow(tx, "schedule_runs", { row });
    return { kind: "recorded" };
  }
  if (old.state !== "waiting" || input.state === "waiting") return { kind: "exists", state: old.state };
  await patchRow(tx, "schedule_runs", { key, set: cells });
  return { kind: "recorded" };
}

async function recordOne(tx: Db, input: Run, context: WriteContext): Promise<ScheduleRunRecorded> {
  const recorded = await recordRun(tx, input, context.now);
  if (recorded.kind === "exists") return recorded;
  if (input.audit !== undefined) await writeAudit(tx, context, input.audit);
  context.changed("status", "schedule");
  return recorded;
}

/** One firing of one line at one time: opened once, ended once. */
export const recordScheduleRun = defineWrite(RecordScheduleRunInput, recordOne);

/** What became of the times of a line that have come, with the next one to look at: together or not at all. */
export const passSchedule = defineWrite(PassScheduleInput, async (tx, { lineHash, nextAt, runs }, context) => {
  const opened: number[] = [];
  for (const run of runs) {
    const { kind } = await recordRun(tx, run, context.now);
    if (kind === "recorded" && run.state === "waiting") opened.push(run.dueAt);
  }
  await patchRow(tx, "schedule_lines", { key: { line_hash: lineHash }, set: { next_at: nextAt ?? null } });
  context.changed("status", "schedule");
  return { kind: "passed" as const, opened };
});
