/** Tells one person, and only them, why their click did nothing; and writes it down. */
import { NO_THREAD, type ApprovalAnswer, type ApprovalClickProof } from "@thor/domain/approval";
import { slackStream, type OutboxPayload } from "@thor/domain/outbox";
import type { Log } from "@thor/kit/flow/log";
import type { Approval, AuditInput, Ledger } from "@thor/ledger/port";

import { auditOf } from "../../core/approval/told.ts";

export interface RefuseDeps extends Pick<Ledger, "enqueueOutbox"> {
  log: Log;
  note: (record: AuditInput) => Promise<boolean>;
}
export interface Refusal {
  rule: string;
  text: string;
  voter: string;
  click: ApprovalClickProof;
}

export const createRefuse =
  (deps: RefuseDeps) =>
  async (record: Approval | undefined, { rule, text, voter, click }: Refusal): Promise<ApprovalAnswer> => {
    deps.log.warn({ event: "approval_click_refused", approval: record?.id, rule }, "a decision was refused");
    const by = { kind: click.via, id: voter };
    const step = { event: "approval.clicked", decision: "blocked" as const, by, reason: text };
    const unknown: AuditInput = {
      service: "remote-cli",
      event: "approval.clicked",
      actorKind: click.via,
      actor: voter,
      target: "unknown",
      decision: "blocked",
      rule,
    };
    await deps.note(record === undefined ? unknown : { ...auditOf(record, step), rule });
    if (click.via === "slack") {
      const thread = record === undefined || record.threadTs === NO_THREAD ? click.messageTs : record.threadTs;
      const { channel, team } = click;
      const payload: OutboxPayload = { kind: "slack.ephemeral", channel, threadTs: thread, team, user: voter, text };
      const stream = slackStream(channel, thread);
      await deps.enqueueOutbox({ kind: payload.kind, stream, dedupeKey: `refused:${click.id}`, payload });
    }
    return { kind: "refused", rule, text };
  };
export type Refuse = ReturnType<typeof createRefuse>;
