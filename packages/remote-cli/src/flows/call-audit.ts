/** The two rows that every call leaves: what was decided, and how it ended. */
import type { Log } from "@thor/kit/flow/log";
import type { AuditInput, Ledger } from "@thor/ledger/port";

import type { Outcome } from "../core/call.ts";
import { decidedRecord, finishedRecord, type Noted } from "./audit-record.ts";

export interface CallAuditDeps extends Pick<Ledger, "appendAudit"> {
  log: Log;
  digest: (text: string) => string;
  policyRev: () => string;
}

/** Writes rows and says whether they are stored; nothing runs without its first row. */
export function createCallAudit(deps: CallAuditDeps) {
  const tools = () => ({ digest: deps.digest, policyRev: deps.policyRev() });

  const append = async (record: AuditInput): Promise<boolean> => {
    const appended = await deps.appendAudit(record);
    if (appended.kind === "appended") return true;
    deps.log.error({ event: "audit_write_failed", callId: record.requestId, kind: appended.kind }, "audit not written");
    return false;
  };

  return {
    decide: (noted: Noted) => append(decidedRecord(noted, tools())),
    finish: async (noted: Noted, outcome: Outcome, facts: { redactions: number; durationMs: number }) => {
      const { ended, exitCode, stdout, stderr } = outcome;
      const result = { digest: deps.digest(stdout + stderr), bytes: stdout.length + stderr.length };
      await append(finishedRecord(noted, tools(), { ended, exitCode, result, ...facts }));
      const { id: callId, tool } = noted.call;
      const { commandId: command } = noted.target;
      deps.log.info({ event: "exec_finished", callId, tool, command, ended, exitCode }, "call ended");
    },
    /** A caller that was turned away at the door, or an event that belongs to no decision. */
    note: append,
  };
}
export type CallAudit = ReturnType<typeof createCallAudit>;
