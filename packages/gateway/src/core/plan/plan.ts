/** What to do with a claimed batch, event by event; total and synchronous, so one bad event never decides for its neighbours. */
import type { Claim, NewPromise, PlanInput, QueuedEvent } from "@thor/domain/queue";

import type { ChannelClass } from "../access/channel-gate.ts";
import { deadLetterPromises } from "../notice/words.ts";
import { reactionPromise } from "../slack/admit.ts";
import { slackPlaceOf } from "../slack/place.ts";
import type { GithubDecision, GithubFacts, GithubLookup, Patience } from "./deciding.ts";
import { decideGithub } from "./github.ts";
import { supersededOf } from "./superseded.ts";

export interface PlanFacts extends Patience {
  /** Channel → what a look-up said, or how it failed. */
  channels: ReadonlyMap<string, ChannelFact>;
  /** Channels that thor.json admits right now although they are gated. */
  listed: ReadonlySet<string>;
  /** Undefined when GitHub is not set up. */
  github?: GithubFacts | undefined;
}
export type ChannelFact =
  | { kind: "class"; class: ChannelClass }
  | { kind: "failed"; error: string; retryAfterMs?: number | undefined };

export type Plan =
  | { kind: "need"; channels: string[]; github: GithubLookup[] }
  | { kind: "plan"; apply: Omit<PlanInput, "lane" | "fence">; dispatch: QueuedEvent[] };

type Decision = GithubDecision | { kind: "need"; channel: string } | { kind: "dispatch"; opened: boolean };

const REFUSED = "private_channel_not_allowlisted";

function decideSlack(event: QueuedEvent, facts: PlanFacts): Decision {
  const place = slackPlaceOf(event);
  if (place === undefined) return { kind: "dispatch", opened: false };
  const { channel, isGated } = place;
  if (event.gate === "open") {
    return isGated && !facts.listed.has(channel)
      ? { kind: "drop", reason: REFUSED, scrub: true }
      : { kind: "dispatch", opened: false };
  }
  const fact = facts.channels.get(channel);
  if (fact === undefined) return { kind: "need", channel };
  if (fact.kind === "class") {
    const isAdmitted = fact.class === "open" || facts.listed.has(channel);
    return isAdmitted ? { kind: "dispatch", opened: true } : { kind: "drop", reason: REFUSED, scrub: true };
  }
  const attempts = event.attempts + 1;
  if (attempts >= facts.maxAttempts) return { kind: "dead", reason: "slack_privacy_lookup_failed" };
  return { kind: "wait", notBefore: facts.now + (fact.retryAfterMs ?? facts.backoffMs(attempts)), error: fact.error };
}

function decide(event: QueuedEvent, facts: PlanFacts, superseded: ReadonlySet<string>): Decision {
  return event.source === "github"
    ? decideGithub(event, { github: facts.github, patience: facts, superseded })
    : decideSlack(event, facts);
}

function mark(event: QueuedEvent, name: "eyes" | "lock" | "x"): NewPromise[] {
  const place = slackPlaceOf(event);
  return place === undefined ? [] : [reactionPromise(place, { name })];
}

/** What the person who asked sees of an end: in Slack a mark, on GitHub words. */
const endOf = (event: QueuedEvent, reason: string): NewPromise[] =>
  event.source === "github" ? deadLetterPromises(event, reason) : mark(event, "x");

function lookupsOf(decisions: readonly Decision[]): Extract<Plan, { kind: "need" }> | undefined {
  const channels = decisions.flatMap((one) => (one.kind === "need" ? [one.channel] : []));
  const lookups = decisions.flatMap((one) => (one.kind === "look_up" ? [one.lookup] : []));
  if (channels.length + lookups.length === 0) return undefined;
  const github = [...new Map(lookups.map((lookup) => [lookup.key, lookup])).values()];
  return { kind: "need", channels: [...new Set(channels)], github };
}

/** Asks for what it must know first, then puts every event into exactly one list. */
export function plan(claim: Pick<Claim, "items">, facts: PlanFacts): Plan {
  const superseded = supersededOf(claim.items);
  const decided = claim.items.map((event) => ({ event, decision: decide(event, facts, superseded) }));
  const need = lookupsOf(decided.map(({ decision }) => decision));
  if (need !== undefined) return need;

  const opens: string[] = [];
  const outbox: NewPromise[] = [];
  const apply: Omit<PlanInput, "lane" | "fence"> = { opens, drops: [], deads: [], reroutes: [], waits: [], outbox };
  const dispatch: QueuedEvent[] = [];
  for (const { event, decision } of decided) {
    const { id } = event;
    switch (decision.kind) {
      case "need":
      case "look_up":
        break;
      case "dispatch":
        dispatch.push(event);
        if (!decision.opened) break;
        opens.push(id);
        if (event.urgent) outbox.push(...mark(event, "eyes"));
        break;
      case "drop":
        apply.drops.push({ id, reason: decision.reason, scrub: decision.scrub });
        outbox.push(...mark(event, "lock"));
        break;
      case "dead":
        apply.deads.push({ id, reason: decision.reason });
        outbox.push(...endOf(event, decision.reason));
        break;
      case "wait":
        apply.waits.push({ id, notBefore: decision.notBefore, error: decision.error });
        break;
      case "reroute":
        apply.reroutes.push({ id, correlationKey: decision.correlationKey, bind: "anchor", payload: decision.payload });
        break;
    }
  }
  return { kind: "plan", apply, dispatch };
}
