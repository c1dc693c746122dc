/** A message somebody said: screened, classified, gated, and stored; or a stop, or nothing. */
import type { Ledger } from "@thor/ledger/port";

import { judgeChannel, type ChannelClass, type Gate } from "../../core/access/channel-gate.ts";
import { admissionOf, classify, needsEngagement, reactionPromise, threadTsOf } from "../../core/slack/admit.ts";
import type { Delivery } from "../../core/slack/envelope.ts";
import { screen, type Identity } from "../../core/slack/screen.ts";
import type { SlackMessage } from "../../core/slack/shapes.ts";
import { isStopWord } from "../../core/slack/stop-word.ts";
import type { Received, StoreEvent } from "../store-event.ts";
import type { Ignore } from "./ignore.ts";
import type { RequestStop } from "./request-stop.ts";

export interface Heard {
  delivery: Delivery;
  message: SlackMessage;
  me: Identity;
}

export interface HearDeps extends Pick<Ledger, "engagement" | "enqueueOutbox" | "appendAudit"> {
  channelClass: (channel: string) => ChannelClass | undefined;
  forgetChannel: (channel: string) => void;
  isListed: (channel: string) => boolean;
  ignore: Ignore;
  store: StoreEvent;
  requestStop: RequestStop;
}

const refsOf = ({ message, me }: Heard) => {
  const { channel, ts } = message;
  return { team: me.teamId, channel, ts, threadTs: threadTsOf(message) };
};

const threadOf = ({ message }: Heard) => ({
  type: "slack.thread" as const,
  value: `${message.channel}/${threadTsOf(message)}`,
});

export function createHear(deps: HearDeps) {
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
    return deps.ignore(heard.delivery, reason, refsOf(heard));
  };

  const gateOf = ({ message: { channel, channel_type: channelType } }: Heard): Gate => {
    const isGatedSurface = typeof channelType === "string" && channelType !== "channel";
    // What was known of this channel is out of date: it was open, and now it is none of the open kind.
    if (isGatedSurface && deps.channelClass(channel) === "open") deps.forgetChannel(channel);
    const known = isGatedSurface ? undefined : deps.channelClass(channel);
    return judgeChannel({ channelType, known, isListed: deps.isListed(channel) });
  };

  /** The stop that these words are, if there is anything to stop here. */
  const stopOf = async (heard: Heard): Promise<Received | undefined> => {
    const { delivery, message } = heard;
    if (!isStopWord(message.text ?? "")) return undefined;
    const { engaged, ...bound } = { anchorId: undefined, ...(await deps.engagement(threadOf(heard))) };
    if (!engaged || bound.anchorId === undefined) return undefined;
    const place = { channel: message.channel, threadTs: threadTsOf(message), messageTs: message.ts };
    const by = { kind: "slack" as const, id: message.user ?? "unknown" };
    const requested = await deps.requestStop({
      anchorId: bound.anchorId,
      by,
      via: "word",
      clickId: delivery.id,
      ...place,
    });
    return requested.kind === "nothing_to_stop" ? undefined : deps.ignore(delivery, "stop_requested", refsOf(heard));
  };

  return async (heard: Heard): Promise<Received> => {
    const { delivery, message, me } = heard;
    const refusal = screen(delivery, message, me);
    if (refusal === "team_mismatch") await auditRefusal(heard, refusal);
    if (refusal !== undefined) return deps.ignore(delivery, refusal);
    const engagement = needsEngagement(message, me)
      ? await deps.engagement(threadOf(heard))
      : { engaged: false as const };
    const isMuted = engagement.engaged && engagement.muted;
    const meaning = classify(message, me, { isEngaged: engagement.engaged, isMuted });
    if (meaning.kind === "ignored") return deps.ignore(delivery, meaning.reason);
    const gate = gateOf(heard);
    if (gate.kind === "refused") return refuse(heard);
    return (await stopOf(heard)) ?? deps.store(admissionOf({ ...heard, as: meaning.kind, gate }));
  };
}
export type Hear = ReturnType<typeof createHear>;
