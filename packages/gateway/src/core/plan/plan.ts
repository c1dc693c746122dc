/** What to do with a claimed batch, event by event; total and synchronous, so one bad event never decides for its neighbours. */
import type { Claim, NewPromise, PlanInput, QueuedEvent } from "@thor/domain/queue";

import type { ChannelClass } from "../access/channel-gate.ts";
import { reactionPromise } from "../slack/admit.ts";
import { slackPlaceOf } from "../slack/place.ts";

export interface PlanFacts {
  now: number;
  /** Channel → what a look-up said, or how it failed. */
  channels: ReadonlyMap<string, ChannelFact>;
  /** Channels that thor.json admits right now although they are gated. */
  listed: ReadonlySet<string>;
  maxAttempts: number;
  backoffMs: (attempts: number) => number;
}
export type ChannelFact =
  | { kind: "class"; class: ChannelClass }
  | { kind: "failed"; error: string; retryAfterMs?: number | undefined };

export type Plan =
  | { kind: "need"; channels: string[] }
  | { kind: "plan"; apply: Omit<PlanInput, "lane" | "fence">; dispatch: QueuedEvent[] };

type Decision =
  | { kind: "need"; channel: string }
  | { kind: "dispatch"; opened: boolean }
  | { kind: "drop"; reason: string }
  | { kind: "dead"; reason: string }
  | { kind: "wait"; notBefore: number; error: string };

const REFUSED = "private_channel_not_allowlisted";

function decide(event: QueuedEvent, facts: PlanFacts): Decision {
  const place = slackPlaceOf(event);
  if (place === undefined) return { kind: "dispatch", opened: false };
  const { channel, isGated } = place;
  if (event.gate === "open") {
    return isGated && !facts.listed.has(channel)
      ? { kind: "drop", reason: REFUSED }
      : { kind: "dispatch", opened: false };
  }
  const fact = facts.channels.get(channel);
  if (fact === undefined) return { kind: "need", channel };
  if (fact.kind === "class") {
    const isAdmitted = fact.class === "open" || facts.listed.has(channel);
    return isAdmitted ? { kind: "dispatch", opened: true } : { kind: "drop", reason: REFUSED };
  }
  const attempts = event.attempts + 1;
  if (attempts >= facts.maxAttempts) return { kind: "dead", reason: "slack_privacy_lookup_failed" };
  return { kind: "wait", notBefore: facts.now + (fact.retryAfterMs ?? facts.backoffMs(attempts)), error: fact.error };
}

function mark(event: QueuedEvent, name: "eyes" | "lock" | "x"): NewPromise[] {
  const place = slackPlaceOf(event);
  return place === undefined ? [] : [reactionPromise(place, { name })];
}

/** Asks for what it must know first, then puts every event into exactly one list. */
export function plan(claim: Pick<Claim, "items">, facts: PlanFacts): Plan {
  const decided = claim.items.map((event) => ({ event, decision: decide(event, facts) }));
  const needed = decided.flatMap(({ decision }) => (decision.kind === "need" ? [decision.channel] : []));
  if (needed.length > 0) return { kind: "need", channels: [...new Set(needed)] };

  const opens: string[] = [];
  const outbox: NewPromise[] = [];
  const apply: Omit<PlanInput, "lane" | "fence"> = { opens, drops: [], deads: [], reroutes: [], waits: [], outbox };
  const dispatch: QueuedEvent[] = [];
  for (const { event, decision } of decided) {
    const { id } = event;
    switch (decision.kind) {
      case "need":
        break;
      case "dispatch":
        dispatch.push(event);
        if (decision.opened) opens.push(id);
        if (decision.opened && event.urgent) outbox.push(...mark(event, "eyes"));
        break;
      case "drop":
        apply.drops.push({ id, reason: decision.reason, scrub: true });
        outbox.push(...mark(event, "lock"));
        break;
      case "dead":
        apply.deads.push({ id, reason: decision.reason });
        outbox.push(...mark(event, "x"));
        break;
      case "wait":
        apply.waits.push({ id, notBefore: decision.notBefore, error: decision.error });
        break;
    }
  }
  return { kind: "plan", apply, dispatch };
}
