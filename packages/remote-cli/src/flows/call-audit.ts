/** The two rows that every call leaves: what was decided, and how it ended. */
import type { Log } from "@thor/kit/flow/log";
import type { AuditInput, Ledger } from "@thor/ledger/port";

import type { Outcome } from "../core/call.ts";
import { endingEvent } from "../core/log-event.ts";
import { decidedRecord, finishedRecord, type Noted } from "./audit-record.ts";

export interface CallAuditDeps extends Pick<Ledger, "appendAudit"> {
  log: Log;
  digest: (text: string) => string;
  policyRev: () => string;
}

const MAX_WAITING = 64;
const WAIT_MS = 5;

/**
 * Writes rows and says whether they are stored; nothing runs without its first row. How a reading call ended waits a
 * moment and travels in the commit of the row after it: a crash in that moment leaves a call whose end is not known.
 */
export function createCallAudit(deps: CallAuditDeps) {
  const tools = () => ({ digest: deps.digest, policyRev: deps.policyRev() });
  let ended: AuditInput[] = [];
  let timer: NodeJS.Timeout | undefined;

  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    const rows = ended;
    ended = [];
    for (const row of rows) void store(row);
  };
  const soon = (record: AuditInput) => {
    ended.push(record);
    if (ended.length >= MAX_WAITING) flush();
    else timer ??= setTimeout(flush, WAIT_MS);
  };
  const append = (record: AuditInput): Promise<boolean> => {
    flush();
    return store(record);
  };
  const store = async (record: AuditInput): Promise<boolean> => {
    const appended = await deps.appendAudit(record);
    if (appended.kind === "appended") return true;
    deps.log.error({ event: "audit_write_failed", callId: record.requestId, kind: appended.kind }, "audit not written");
    return false;
  };

  return {
    decide: (noted: Noted) => append(decidedRecord(noted, tools())),
    finish: async (noted: Noted, outcome: Outcome, facts: { redactions: number; durationMs: number }) => {
      const { exitCode, stdout, stderr } = outcome;
      const result = { digest: deps.digest(stdout + stderr), bytes: stdout.length + stderr.length };
      const record = finishedRecord(noted, tools(), { ended: outcome.ended, exitCode, result, ...facts });
      if (noted.isRead === true) soon(record);
      else await append(record);
      const called = { callId: noted.call.id, tool: noted.call.tool, command: noted.target.commandId };
      const watched = endingEvent(outcome.ended);
      const how = { decision: noted.decision, ended: outcome.ended, exitCode };
      const { durationMs } = facts;
      deps.log.info({ event: "exec_finished", ...called, ...how, bytes: result.bytes, durationMs }, "call ended");
      if (watched !== undefined) deps.log.warn({ event: watched, ...called, ...how }, "call ended from outside");
    },
    /** A caller that was turned away at the door, or an event that belongs to no decision. */
    note: append,
    /** Hands everything that waits to the store, before that closes. */
    flush,
  };
}
export type CallAudit = ReturnType<typeof createCallAudit>;
