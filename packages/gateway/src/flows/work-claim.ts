/** What happens to one claimed lane: plan, look up what is missing, apply, dispatch. */
import type { Claim } from "@thor/domain/queue";
import type { Clock } from "@thor/kit/flow/clock";
import type { Log } from "@thor/kit/flow/log";
import { backoffMs } from "@thor/kit/pure/backoff";
import type { Ledger } from "@thor/ledger/port";

import { sourceOf, triggerEvent } from "../core/log-events.ts";
import { plan, type ChannelFact, type Plan } from "../core/plan/plan.ts";
import { fitBatch } from "../core/prompt/batch.ts";
import type { Dispatch } from "./dispatch.ts";
import type { OpenGithubFacts } from "./github/facts.ts";
import type { SyncPush } from "./github/sync-push.ts";

const PUSH = "github.push";
/** How long a claim is held, and how often that is renewed while it is worked on. */
export const LANE_LEASE_MS = 15_000;
const RENEW_MS = 5000;

export interface WorkClaimDeps extends Pick<Ledger, "renew" | "applyPlan" | "settle"> {
  log: Log;
  clock: Clock;
  limits: { maxAttempts: number; baseMs: number; capMs: number };
  learnChannel: (channel: string) => Promise<ChannelFact>;
  listedChannels: () => ReadonlySet<string>;
  /** What a plan knows about GitHub; undefined when GitHub is not set up. */
  githubFacts: OpenGithubFacts | undefined;
  /** Ends what this claim makes pointless among the events that still wait. */
  supersede: (claim: Claim) => Promise<void>;
  dispatch: Dispatch;
  /** Works off a push; undefined when GitHub is not set up. */
  syncPush: SyncPush | undefined;
}

/** What a look-up that may be tried again is called. */
const RETRYABLE = {
  channel: "slack_privacy_resolution_retryable",
  head: "github_branch_resolution_retryable",
  suite: "github_checks_resolution_retryable",
};

/** Asks for a fact and logs how long that took and what kind of answer came. */
const createTimed =
  ({ clock, log }: Pick<WorkClaimDeps, "clock" | "log">) =>
  async <Fact extends { kind: string }>(kind: keyof typeof RETRYABLE, ask: () => Promise<Fact>): Promise<Fact> => {
    const startedAt = clock.now();
    const fact = await ask();
    const event = kind === "channel" ? "gate_looked_up" : "looked_up";
    log.info({ event, kind, result: fact.kind, tookMs: clock.now() - startedAt }, "looked up");
    if (fact.kind === "failed") log.warn({ event: RETRYABLE[kind], kind }, "not known yet; asked again later");
    return fact;
  };

/** Plans a claim, looking up what the plan asks for. */
function createPlanning(deps: WorkClaimDeps) {
  const timed = createTimed(deps);
  return async (claim: Claim): Promise<Extract<Plan, { kind: "plan" }>> => {
    const channels = new Map<string, ChannelFact>();
    const { limits, clock } = deps;
    const github = deps.githubFacts?.();
    const facts = {
      github: github?.facts,
      now: clock.now(),
      channels,
      listed: deps.listedChannels(),
      maxAttempts: limits.maxAttempts,
      backoffMs: (attempts: number) => backoffMs(attempts, clock.chance(), limits),
    };
    const first = plan(claim, facts);
    if (first.kind === "plan") return first;
    const learned = first.channels.map(async (channel) =>
      channels.set(channel, await timed("channel", () => deps.learnChannel(channel))),
    );
    const asked =
      github === undefined ? [] : first.github.map((lookup) => timed(lookup.kind, () => github.learn(lookup)));
    await Promise.all([...learned, ...asked]);
    const second = plan(claim, facts);
    if (second.kind === "need") throw new Error("a plan asked twice for the same facts");
    return second;
  };
}

/** What a plan ended or moved without a hand-over. */
function notePlan(
  log: Log,
  { lane, items }: Claim,
  { deads, drops, reroutes }: Extract<Plan, { kind: "plan" }>["apply"],
) {
  const eventOf = (id: string) => items.filter((item) => item.id === id);
  for (const { id, reason } of deads)
    log.warn({ event: "event_dead", eventId: id, source: sourceOf(eventOf(id)), reason }, "given up");
  for (const { id, reason } of drops) {
    const source = sourceOf(eventOf(id));
    log.info(
      { event: triggerEvent(source, "dropped"), source, lane, eventId: id, result: "dropped", reason },
      "dropped",
    );
  }
  for (const { id, correlationKey } of reroutes)
    log.info({ event: `${sourceOf(eventOf(id))}_events_rerouted`, lane, eventId: id, correlationKey }, "moved");
}

export function createWorkClaim(deps: WorkClaimDeps) {
  const planWith = createPlanning(deps);

  const work = async (claim: Claim): Promise<void> => {
    const { lane, fence } = claim;
    const { batch, rest } = fitBatch(claim.items);
    await deps.supersede({ ...claim, items: batch });
    const { apply, dispatch } = await planWith({ ...claim, items: batch });
    const changes = [apply.opens, apply.drops, apply.deads, apply.waits, apply.reroutes, apply.outbox];
    const hasChanges = changes.some((list) => (list ?? []).length > 0);
    if (hasChanges) {
      const applied = await deps.applyPlan({ lane, fence, ...apply });
      if (applied.kind !== "applied")
        return deps.log.warn({ event: "claim_lost", lane, outcome: applied.kind }, "claim lost");
    }
    notePlan(deps.log, claim, apply);
    const isShort = rest.length > 0 || dispatch.length < batch.length;
    const [pushed] = dispatch;
    // A pushed branch is nothing for the agent yet: its folder follows first.
    if (pushed?.kind === PUSH && deps.syncPush !== undefined) await deps.syncPush(claim, pushed);
    else if (dispatch.length > 0) await deps.dispatch({ ...claim, more: claim.more || isShort }, dispatch);
    else await deps.settle({ lane, fence, result: { kind: "released" } });
  };

  /** Keeps the lease while the claim is worked on; a fault leaves the lane to expire, which counts one attempt. */
  return async (claim: Claim): Promise<void> => {
    const { lane, fence } = claim;
    const timer = setInterval(() => {
      void deps.renew({ queue: "events", lane, fence, ttlMs: LANE_LEASE_MS });
    }, RENEW_MS);
    try {
      await work(claim);
    } catch (err) {
      deps.log.error({ event: "claim_failed", lane, err }, "claim failed");
    } finally {
      clearInterval(timer);
    }
  };
}
