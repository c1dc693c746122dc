/** Hands one claimed batch to the runner and always reports how that ended. */
import type { Actor } from "@thor/domain/actor";
import { AdminEvent } from "@thor/domain/admin-event";
import { Park } from "@thor/domain/park";
import type { Claim, ClaimResult, NewPromise, QueuedEvent } from "@thor/domain/queue";
import type { ReplyTarget } from "@thor/domain/reply-target";
import type { DispatchedTrigger, TriggerAnswer } from "@thor/domain/trigger";
import type { Clock } from "@thor/kit/flow/clock";
import type { Log } from "@thor/kit/flow/log";
import type { JsonAnswer } from "@thor/kit/pure/json-answer";
import type { Ledger } from "@thor/ledger/port";

import { approvalPlaceOf } from "../core/approval/place.ts";
import { githubPlaceOf } from "../core/github/place.ts";
import { sourceOf, triggerEvent } from "../core/log-events.ts";
import { deadLetterPromises, delayNotice, delayRetraction, parkedNotice } from "../core/notice/words.ts";
import { readRunnerAnswer } from "../core/plan/runner-answer.ts";
import { renderBatch } from "../core/prompt/batch.ts";
import { reactionPromise } from "../core/slack/admit.ts";
import { slackPlaceOf } from "../core/slack/place.ts";
import { createPlace, type PlaceDeps, type Placed } from "./place.ts";

export interface DispatchDeps
  extends PlaceDeps, Pick<Ledger, "readLease" | "mintAnchor" | "beginDispatch" | "settle" | "triggersOf"> {
  log: Log;
  clock: Clock;
  newId: () => string;
  settings: { busyPollMs: number; delayNoticeMs: number };
  askRunner: (request: DispatchedTrigger) => Promise<JsonAnswer<TriggerAnswer>>;
}

const actorOf = ({ actors }: QueuedEvent): Actor[] =>
  [
    actors.slack === undefined ? undefined : { kind: "slack" as const, id: actors.slack },
    actors.github === undefined ? undefined : { kind: "github" as const, id: actors.github },
    actors.admin === undefined ? undefined : { kind: "admin" as const, id: actors.admin },
  ].filter((actor) => actor !== undefined);

function requestersOf(batch: readonly QueuedEvent[]): Actor[] {
  const byName = new Map(batch.flatMap(actorOf).map((actor) => [`${actor.kind}:${actor.id}`, actor]));
  return [...byName.values()];
}

function placeOf(event: QueuedEvent): ReplyTarget | undefined {
  const said = slackPlaceOf(event);
  if (said !== undefined) return { kind: "slack", channel: said.channel, threadTs: said.threadTs, ts: said.ts };
  if (event.source === "admin") return AdminEvent.safeParse(event.payload).data?.replyTo;
  const decided = approvalPlaceOf(event);
  if (decided !== undefined) return decided;
  const issue = githubPlaceOf(event);
  return issue === undefined ? undefined : { kind: "github", repo: issue.fullName, number: issue.number };
}

/** Where the answer belongs: with the last human who asked, else with the last event that has a place. */
function replyTargetOf(batch: readonly QueuedEvent[]): ReplyTarget | undefined {
  const places = [...batch.filter(({ human }) => !human), ...batch.filter(({ human }) => human)].map(placeOf);
  return places.findLast((found) => found !== undefined);
}

/** The last human who can be named, as the runner takes it: a Slack user or a GitHub login. */
function triggeringUser(batch: readonly QueuedEvent[]) {
  const { slack, github } = batch.findLast(({ actors }) => (actors.slack ?? actors.github) !== undefined)?.actors ?? {};
  return {
    ...(slack === undefined ? {} : { triggerSlackId: slack }),
    ...(github === undefined ? {} : { triggerGithubLogin: github }),
  };
}

/** "Heard, but it waits": a receipt on continuations that meet a running turn. */
const waitingMarks = (batch: readonly QueuedEvent[]): NewPromise[] =>
  batch.flatMap((event) => {
    const place = slackPlaceOf(event);
    return place === undefined ? [] : [reactionPromise(place, { name: "eyes" })];
  });

/** What a human hears when an event dies: the reason, and no "still trying" any more. */
function endOf({ anchorId, firstFailedAt }: Claim, event: QueuedEvent, error: string): NewPromise[] {
  const isDelayed = anchorId !== undefined && firstFailedAt !== undefined;
  return [
    ...deadLetterPromises(event, error),
    ...(isDelayed ? delayRetraction(event, { anchorId, firstFailedAt }) : []),
  ];
}

/** Settles a claim with the marks and notices that belong to how it went. */
function createSettle(deps: DispatchDeps) {
  /** What people hear of a run that stands still while they write; nothing of one that works. */
  const parkedNotices = async (anchorId: string | undefined, batch: readonly QueuedEvent[]): Promise<NewPromise[]> => {
    const last = batch.findLast(({ human }) => human);
    if (last === undefined || anchorId === undefined) return [];
    const [run] = await deps.triggersOf({ anchorId, limit: 1 });
    const park = run?.status === "parked" ? Park.safeParse(run.park).data : undefined;
    return run === undefined || park === undefined ? [] : parkedNotice(last, { id: run.id, park });
  };

  const promisesFor = async (
    claim: Claim,
    batch: readonly QueuedEvent[],
    result: ClaimResult,
  ): Promise<NewPromise[]> => {
    const { anchorId, firstFailedAt } = claim;
    const last = batch.findLast(({ human }) => human);
    if (result.kind === "busy") return [...waitingMarks(batch), ...(await parkedNotices(anchorId, batch))];
    if (last === undefined || anchorId === undefined || firstFailedAt === undefined) return [];
    const isLong = deps.clock.now() - firstFailedAt >= deps.settings.delayNoticeMs;
    if (!isLong) return [];
    if (result.kind === "accepted") return delayRetraction(last, { anchorId, firstFailedAt });
    return result.kind === "failed" || result.kind === "unknown"
      ? delayNotice(last, { anchorId, firstFailedAt }, result.error)
      : [];
  };

  return async (claim: Claim, batch: readonly QueuedEvent[], result: ClaimResult) => {
    const { lane, fence } = claim;
    const error = result.kind === "failed" || result.kind === "unknown" ? result.error : undefined;
    const onDead =
      error === undefined ? [] : batch.map((event) => ({ eventId: event.id, promises: endOf(claim, event, error) }));
    const outbox = await promisesFor(claim, batch, result);
    const settled = await deps.settle({ lane, fence, result, onDead, outbox });
    for (const id of settled.kind === "settled" ? settled.dead : [])
      deps.log.warn(
        { event: "event_dead", eventId: id, source: batch.find((item) => item.id === id)?.source, reason: error },
        "given up",
      );
    const source = sourceOf(batch);
    const facts = { source, lane, anchorId: claim.anchorId, result: result.kind, settled: settled.kind, error };
    deps.log.info({ event: triggerEvent(source, result.kind), ...facts }, "batch settled");
    return settled;
  };
}

/** One line for all that is measured of a hand-over. */
function noteAccepted(
  { clock, log }: Pick<DispatchDeps, "clock" | "log">,
  taken: { batch: readonly QueuedEvent[]; prompt: string; startedAt: number },
): void {
  const { batch, prompt, startedAt } = taken;
  const facts = {
    source: sourceOf(batch),
    waitedMs: clock.now() - Math.min(...batch.map(({ receivedAt }) => receivedAt)),
    tookMs: clock.now() - startedAt,
    events: batch.length,
    promptBytes: Buffer.byteLength(prompt),
  };
  log.info({ event: "batch_accepted", ...facts }, "the runner has taken a batch");
}

/** The conversation of a lane; one whose key binds no outside name gets it with its first batch. */
const createConversationOf =
  ({ mintAnchor, log }: Pick<DispatchDeps, "mintAnchor" | "log">) =>
  async ({ lane, anchorId }: Claim, batch: readonly QueuedEvent[]) => {
    const last = batch.at(-1);
    if (anchorId !== undefined || last === undefined) return anchorId;
    const { source, correlationKey } = last;
    const minted = await mintAnchor({ source, correlationKey });
    if (minted.kind !== "minted" && minted.kind !== "exists")
      throw new Error(`a conversation for lane ${lane}: ${minted.kind}`);
    const facts = { correlationKey, anchorId: minted.anchorId };
    log.info({ event: "corr_key_resolved", ...facts }, "a key has its conversation");
    return minted.anchorId;
  };

export function createDispatch(deps: DispatchDeps) {
  const place = createPlace(deps);
  const conversationOf = createConversationOf(deps);
  const settle = createSettle(deps);

  const hasLiveRun = async (anchorId: string) => {
    const lease = await deps.readLease({ name: `run:${anchorId}` });
    return lease?.holder !== undefined && lease.expiresAt > deps.clock.now();
  };

  const hand = async (claim: Claim, batch: readonly QueuedEvent[], placed: Extract<Placed, { kind: "placed" }>) => {
    const { lane, fence, anchorId } = claim;
    const last = batch.at(-1);
    if (anchorId === undefined || last === undefined) throw new Error("a batch without conversation or events");
    const dispatchId = deps.newId();
    const eventIds = batch.map(({ id }) => id);
    const begun = await deps.beginDispatch({ lane, fence, dispatchId, eventIds, anchorId });
    if (begun.kind !== "begun") return begun;
    const startedAt = deps.clock.now();
    const prompt = renderBatch(batch, placed);
    const answer = await deps.askRunner({
      prompt,
      correlationKey: last.correlationKey,
      directory: placed.directory,
      interrupt: batch.some(({ interrupt }) => interrupt),
      ...triggeringUser(batch),
      anchorId,
      dispatchId,
      lane,
      fence,
      eventIds,
      requesters: requestersOf(batch),
      replyTo: replyTargetOf(batch),
      sources: [...new Set(batch.map(({ source }) => source))],
    });
    const reading = readRunnerAnswer(answer, { now: deps.clock.now(), busyPollMs: deps.settings.busyPollMs });
    if (reading.kind === "given_up") return { kind: "lost" as const };
    if (reading.logAs !== undefined) deps.log.error({ event: reading.logAs }, "the runner refused our secret");
    if (reading.result.kind === "accepted") noteAccepted(deps, { batch, prompt, startedAt });
    return settle(claim, batch, reading.result);
  };

  /** Places, checks and hands over the events of a claim that the plan let through. */
  return async (given: Claim, batch: readonly QueuedEvent[]) => {
    const anchorId = await conversationOf(given, batch);
    if (anchorId === undefined) throw new Error("a claim without events cannot be dispatched");
    const claim = { ...given, anchorId };
    const placed = await place(anchorId, batch);
    if (placed.kind === "unplaced")
      return settle(claim, batch, { kind: "failed", error: placed.reason, permanent: true });
    const mayInterrupt = batch.some(({ interrupt }) => interrupt);
    if (!mayInterrupt && (await hasLiveRun(anchorId))) {
      return settle(claim, batch, { kind: "busy", pollAt: deps.clock.now() + deps.settings.busyPollMs });
    }
    return hand(claim, batch, placed);
  };
}
export type Dispatch = ReturnType<typeof createDispatch>;
