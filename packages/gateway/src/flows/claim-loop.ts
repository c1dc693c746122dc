import type { Claim } from "@thor/domain/queue";
/** The only loop over lanes: claims what is due, plans, looks up what is missing, applies, dispatches. */
import type { Clock } from "@thor/kit/flow/clock";
import type { Log } from "@thor/kit/flow/log";
import { backoffMs } from "@thor/kit/pure/backoff";
import type { Ledger } from "@thor/ledger/port";

import { plan, type ChannelFact, type Plan } from "../core/plan/plan.ts";
import { fitBatch } from "../core/prompt/batch.ts";
import type { Dispatch } from "./dispatch.ts";
import type { OpenGithubFacts } from "./github/facts.ts";
import type { SyncPush } from "./github/sync-push.ts";

const MAX_LANES = 32;
/** While many senders wait for their acknowledgement, handing over can wait. */
const MAX_LANES_UNDER_PRESSURE = 4;
const MAX_BATCH = 50;
const PUSH = "github.push";
const LEASE_MS = 15_000;
const RENEW_MS = 5000;
const MAX_SLEEP_MS = 1000;

export interface ClaimLoopDeps extends Pick<Ledger, "claimEvents" | "renew" | "applyPlan" | "settle"> {
  log: Log;
  clock: Clock;
  holder: string;
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
  isUnderPressure: () => boolean;
  /** Asks for another turn of the loop, because a slot became free. */
  wake: () => void;
}

/** Asks for a fact and logs how long that took and what kind of answer came. */
const createTimed =
  ({ clock, log }: Pick<ClaimLoopDeps, "clock" | "log">) =>
  async <Fact extends { kind: string }>(kind: string, ask: () => Promise<Fact>): Promise<Fact> => {
    const startedAt = clock.now();
    const fact = await ask();
    log.info({ event: "looked_up", kind, result: fact.kind, tookMs: clock.now() - startedAt }, "looked up");
    return fact;
  };

/** Plans a claim, looking up what the plan asks for. */
function createPlanning(deps: ClaimLoopDeps) {
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

export function createClaimLoop(deps: ClaimLoopDeps) {
  const inFlight = new Set<Promise<void>>();

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
    for (const { id, reason } of apply.deads)
      deps.log.warn(
        { event: "event_dead", eventId: id, source: claim.items.find((item) => item.id === id)?.source, reason },
        "given up",
      );
    const isShort = rest.length > 0 || dispatch.length < batch.length;
    const [pushed] = dispatch;
    // A pushed branch is nothing for the agent yet: its folder follows first.
    if (pushed?.kind === PUSH && deps.syncPush !== undefined) await deps.syncPush(claim, pushed);
    else if (dispatch.length > 0) await deps.dispatch({ ...claim, more: claim.more || isShort }, dispatch);
    else await deps.settle({ lane, fence, result: { kind: "released" } });
  };

  /** Keeps the lease while the claim is worked on; a fault leaves the lane to expire, which counts one attempt. */
  const hold = async (claim: Claim): Promise<void> => {
    const { lane, fence } = claim;
    const timer = setInterval(() => {
      void deps.renew({ queue: "events", lane, fence, ttlMs: LEASE_MS });
    }, RENEW_MS);
    try {
      await work(claim);
    } catch (err) {
      deps.log.error({ event: "claim_failed", lane, err }, "claim failed");
    } finally {
      clearInterval(timer);
    }
  };

  const start = (claim: Claim) => {
    const running = hold(claim).finally(() => {
      inFlight.delete(running);
      deps.wake();
    });
    inFlight.add(running);
  };

  const turn = async (): Promise<number> => {
    const free = (deps.isUnderPressure() ? MAX_LANES_UNDER_PRESSURE : MAX_LANES) - inFlight.size;
    if (free <= 0) return MAX_SLEEP_MS;
    const { holder } = deps;
    const claimed = await deps.claimEvents({ holder, max: free, batchMax: MAX_BATCH, ttlMs: LEASE_MS });
    if (claimed.kind !== "claimed") return MAX_SLEEP_MS;
    claimed.claims.forEach(start);
    if (claimed.claims.length === free) return MAX_SLEEP_MS;
    const untilDue = (claimed.nextDueAt ?? Number.POSITIVE_INFINITY) - deps.clock.now();
    return Math.min(MAX_SLEEP_MS, Math.max(5, untilDue));
  };

  return { turn, drained: () => Promise.all(inFlight) };
}
