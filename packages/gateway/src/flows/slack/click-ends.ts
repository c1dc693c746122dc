/** How a press ends: as a row, or as a refusal that the person is told. */
import { slackStream, type OutboxPayload } from "@thor/domain/outbox";
import type { NewPromise } from "@thor/domain/queue";
import type { Log } from "@thor/kit/flow/log";
import type { Ledger } from "@thor/ledger/port";

import { refusalWords, type ClickRefusal } from "../../core/slack/click/judge.ts";
import type { Press } from "../../core/slack/click/payload.ts";

export type Clicked =
  | { kind: "recorded"; id: string; isNew: boolean }
  /** A form was taken; Slack closes it on an empty answer. */
  | { kind: "submitted" }
  | { kind: "ignored"; interactionType: string; reason?: string | undefined }
  | { kind: "unreadable" }
  | { kind: "not_ready"; error: "slack_not_ready" | "overloaded" }
  | { kind: "not_stored" };

export interface EndsDeps extends Pick<Ledger, "recordClick" | "appendAudit" | "enqueueOutbox"> {
  log: Log;
}

export function createEnds(deps: EndsDeps) {
  const refuse = async (press: Press, why: ClickRefusal, clickId: string): Promise<Clicked> => {
    const { user, channel, threadTs, team, actionId } = press;
    deps.log.warn({ event: "click_refused", actionId, result: why }, "click refused");
    await deps.appendAudit({
      service: "gateway",
      event: "click_refused",
      actorKind: "slack",
      actor: user,
      target: `${channel}/${press.messageTs}`,
      decision: "deny",
      rule: why,
    });
    const payload: OutboxPayload = { kind: "slack.ephemeral", channel, threadTs, team, user, text: refusalWords(why) };
    const stream = slackStream(channel, threadTs);
    await deps.enqueueOutbox({ kind: payload.kind, stream, dedupeKey: `refused:${clickId}`, payload });
    return { kind: "ignored", interactionType: "block_actions", reason: why };
  };

  const record = async (
    at: Pick<Press, "channel" | "messageTs" | "team" | "actionId">,
    promise: NewPromise,
  ): Promise<Clicked> => {
    const { channel, messageTs, team, actionId } = at;
    const outcome = await deps.recordClick({ promise, refs: { team, channel, ts: messageTs } });
    switch (outcome.kind) {
      case "recorded":
      case "exists":
        deps.log.info({ event: "click_recorded", row: outcome.id, actionId, result: "recorded" }, "click recorded");
        return { kind: "recorded", id: outcome.id, isNew: outcome.kind === "recorded" };
      case "overloaded":
        return { kind: "not_ready", error: "overloaded" };
      case "unavailable":
        return { kind: "not_stored" };
    }
  };

  return { refuse, record };
}
export type Ends = ReturnType<typeof createEnds>;
