/** A signed Slack body becomes one committed fact: an event, or the reason there is none. */
import type { Log } from "@thor/kit/flow/log";
import type { Ledger, Refs } from "@thor/ledger/port";

import { judgeChannel, type ChannelClass, type Gate } from "../core/access/channel-gate.ts";
import {
  admissionOf,
  classify,
  needsEngagement,
  reactionPromise,
  threadTsOf,
  type SlackClass,
} from "../core/slack/admit.ts";
import { parseEnvelope, type Delivery, type SlackMessage } from "../core/slack/envelope.ts";
import { screen, type Identity } from "../core/slack/screen.ts";

/** Slack gives up after 3 s and delivers again; by then the commit has landed or the copy does the work. */
const COMMIT_DEADLINE_MS = 2500;

export type IdentityState = { kind: "known"; me: Identity } | { kind: "learning" } | { kind: "refused" };

export interface ReceiveDeps extends Pick<
  Ledger,
  "admit" | "recordIgnored" | "engagement" | "enqueueOutbox" | "appendAudit"
> {
  log: Log;
  identity: () => IdentityState;
  /** What is known of a channel right now; starts a look-up in the background when nothing is. */
  channelClass: (channel: string) => ChannelClass | undefined;
  isListed: (channel: string) => boolean;
}

export type Received =
  | { kind: "challenge"; challenge: string }
  | { kind: "accepted"; eventId: string }
  | { kind: "duplicate"; reason: string }
  | { kind: "ignored"; reason: string; eventType?: string | undefined }
  | { kind: "not_ready"; error: "slack_not_ready" | "overloaded" }
  | { kind: "not_stored" };

type OpenGate = Exclude<Gate, { kind: "refused" }>;

interface Heard {
  delivery: Delivery;
  message: SlackMessage;
  me: Identity;
}

const refsOf = ({ message, me }: Heard) => {
  const { channel, ts } = message;
  return { team: me.teamId, channel, ts, threadTs: threadTsOf(message) };
};

/** Records that a delivery was heard and why it is nothing to Thor: ids and a reason, no words. */
const createIgnore =
  (deps: ReceiveDeps) =>
  async (delivery: Delivery, reason: string, refs: Refs = {}): Promise<Received> => {
    const { id: deliveryKey, eventType } = delivery;
    await deps.recordIgnored({ provider: "slack", deliveryKey, reason, eventType, refs });
    deps.log.info({ event: "event_ignored", deliveryId: deliveryKey, reason }, "event ignored");
    return { kind: "ignored", reason, eventType };
  };

const createStore =
  (deps: ReceiveDeps) =>
  async (heard: Heard, as: SlackClass, gate: OpenGate): Promise<Received> => {
    const outcome = await withDeadline(deps.admit(admissionOf({ ...heard, as, gate })));
    const deliveryId = heard.delivery.id;
    switch (outcome.kind) {
      case "accepted":
        deps.log.info(
          { event: "event_accepted", deliveryId, eventId: outcome.eventId, lane: outcome.lane },
          "event accepted",
        );
        return { kind: "accepted", eventId: outcome.eventId };
      case "duplicate": {
        const byMessage = as === "mention" ? "mention_duplicate" : "duplicate_message";
        const reason = outcome.by === "delivery" ? "duplicate_delivery" : byMessage;
        deps.log.info({ event: "event_duplicate", deliveryId, reason }, "event is a duplicate");
        return { kind: "duplicate", reason };
      }
      case "overloaded":
      case "late":
        return { kind: "not_ready", error: "overloaded" };
      case "unavailable":
        deps.log.error(
          { event: "event_enqueue_failed", deliveryId, error: outcome.error },
          "event could not be stored",
        );
        return { kind: "not_stored" };
    }
  };

function createHear(deps: ReceiveDeps, ignore: ReturnType<typeof createIgnore>) {
  const store = createStore(deps);

  const auditRefusal = ({ message }: Heard, rule: string) =>
    deps.appendAudit({
      service: "gateway",
      event: "slack_refused",
      actorKind: "slack",
      actor: message.user ?? "unknown",
      target: message.channel,
      decision: "deny",
      rule,
    });

  const refuse = async (heard: Heard): Promise<Received> => {
    const reason = "private_channel_not_allowlisted";
    await auditRefusal(heard, reason);
    await deps.enqueueOutbox(reactionPromise(refsOf(heard), { name: "lock" }));
    return ignore(heard.delivery, reason, refsOf(heard));
  };

  return async (heard: Heard): Promise<Received> => {
    const { delivery, message, me } = heard;
    const refusal = screen(delivery, message, me);
    if (refusal === "team_mismatch") await auditRefusal(heard, refusal);
    if (refusal !== undefined) return ignore(delivery, refusal);
    const alias = { type: "slack.thread" as const, value: `${message.channel}/${threadTsOf(message)}` };
    const engagement = needsEngagement(message, me) ? await deps.engagement(alias) : { engaged: false as const };
    const isMuted = engagement.engaged && engagement.muted;
    const meaning = classify(message, me, { isEngaged: engagement.engaged, isMuted });
    if (meaning.kind === "ignored") return ignore(delivery, meaning.reason);
    const { channel, channel_type: channelType } = message;
    const gate = judgeChannel({ channelType, known: deps.channelClass(channel), isListed: deps.isListed(channel) });
    return gate.kind === "refused" ? refuse(heard) : store(heard, meaning.kind, gate);
  };
}

export function createReceive(deps: ReceiveDeps) {
  const ignore = createIgnore(deps);
  const hear = createHear(deps, ignore);

  /** Handles one body whose signature is proven; every return is final for the sender. */
  return async (body: string): Promise<Received> => {
    const envelope = parseEnvelope(body);
    switch (envelope.kind) {
      case "challenge":
        return { kind: "challenge", challenge: envelope.challenge };
      case "unreadable":
        return { kind: "ignored", reason: envelope.reason };
      case "other":
        return ignore(envelope.delivery, "event_unsupported");
      case "message": {
        const identity = deps.identity();
        if (identity.kind === "learning") return { kind: "not_ready", error: "slack_not_ready" };
        if (identity.kind === "refused") return ignore(envelope.delivery, "no_bot_user_id");
        return hear({ ...envelope, me: identity.me });
      }
    }
  };
}
export type Receive = ReturnType<typeof createReceive>;

/** The outcome, or `late` when the commit takes longer than the sender waits. */
async function withDeadline<T>(outcome: Promise<T>): Promise<T | { kind: "late" }> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<{ kind: "late" }>((resolve) => {
    timer = setTimeout(() => resolve({ kind: "late" }), COMMIT_DEADLINE_MS);
  });
  try {
    return await Promise.race([outcome, late]);
  } finally {
    clearTimeout(timer);
  }
}
