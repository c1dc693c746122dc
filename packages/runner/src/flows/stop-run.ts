/** Carries out a stop: the queue first, so that nothing new starts; then the turn and its commands; then the report. */
import { slackStream, type OutboxPayload, type StopRequest } from "@thor/domain/outbox";
import type { Log } from "@thor/kit/flow/log";
import type { Ledger, PromiseItem, Run, SendResult } from "@thor/ledger/port";

import { deedsOf } from "../core/stop/deeds.ts";
import { droppedBy } from "../core/stop/dropped.ts";
import { stopReport, type StopFacts } from "../core/stop/report.ts";
import type { WishEnd } from "../core/wish-end.ts";
import { stepsOf } from "./run-steps.ts";
import type { Turn } from "./turn.ts";
import type { Turns } from "./turns.ts";

const END_WITHIN_MS = 20_000;
const POLL_MS = 50;
const AGAIN_MS = 1000;
/** A run that nobody drives is taken up by recovery within its lease; past this it never will be. */
const MAX_ATTEMPTS = 90;
const PAGE = 200;

export interface StopRunDeps extends Pick<
  Ledger,
  "stopLane" | "liveWork" | "triggerById" | "partsOf" | "aliasesOf" | "enqueueOutbox" | "auditPage"
> {
  log: Log;
  now: () => number;
  pause: (ms: number) => Promise<void>;
  turns: Turns<Turn>;
  viewUrl: (run: { id: string; anchorId: string }) => string | undefined;
  /** Ends the commands that a session's tree is running right now. */
  cancelCommands: (sessionId: string) => Promise<void>;
}

interface Wish {
  item: PromiseItem;
  request: StopRequest;
}

interface Thread {
  channel: string;
  threadTs: string;
}

async function factsOf(deps: StopRunDeps, run: Run): Promise<StopFacts["run"]> {
  const deeds = deedsOf(await stepsOf(deps, run.id));
  return { ...deeds, tookMs: (run.endedAt ?? deps.now()) - run.startedAt, viewUrl: deps.viewUrl(run) };
}

export function createStopRun(deps: StopRunDeps) {
  const threadOf = async (anchorId: string, request: StopRequest): Promise<Thread | undefined> => {
    const { channel, threadTs, triggerId } = request;
    if (channel !== undefined && threadTs !== undefined) return { channel, threadTs };
    const run = triggerId === undefined ? undefined : await deps.triggerById({ triggerId });
    if (run?.replyTo?.kind === "slack") return run.replyTo;
    const aliases = await deps.aliasesOf({ anchorId });
    const [home, thread] = aliases.find(({ type }) => type === "slack.thread")?.value.split("/") ?? [];
    return home === undefined || thread === undefined ? undefined : { channel: home, threadTs: thread };
  };

  /** The words of the report, promised to the thread when there is one. */
  const report = async ({ item, request }: Wish, anchorId: string): Promise<string> => {
    const { triggerId, by } = request;
    const run = triggerId === undefined ? undefined : await deps.triggerById({ triggerId });
    const { rows } = await deps.auditPage({ anchorId, event: "lane.stopped", from: item.createdAt, limit: PAGE });
    const text = stopReport({
      ...droppedBy(rows),
      run: run === undefined ? undefined : await factsOf(deps, run),
      by: by.kind === "slack" ? by.id : undefined,
    });
    const thread = await threadOf(anchorId, request);
    if (thread === undefined) return text;
    const payload: OutboxPayload = { kind: "slack.post", ...thread, text };
    const stream = slackStream(thread.channel, thread.threadTs);
    await deps.enqueueOutbox({ kind: payload.kind, stream, dedupeKey: `stopped:${item.id}`, payload, anchorId });
    return text;
  };

  /** Ends the turn of a conversation that this process drives; false while it has not ended. */
  const endTurn = async (anchorId: string): Promise<boolean> => {
    const turn = deps.turns.ofAnchor(anchorId);
    if (turn === undefined) return (await deps.liveWork({ anchorId })).triggerId === undefined;
    turn.feed({ kind: "stop" });
    await deps.cancelCommands(turn.sessionId);
    const until = deps.now() + END_WITHIN_MS;
    const isRecorded = async () =>
      turn.isDone() && (await deps.triggerById({ triggerId: turn.triggerId }))?.endedAt !== undefined;
    while (deps.now() < until) {
      if (await isRecorded()) return true;
      await deps.pause(POLL_MS);
    }
    return isRecorded();
  };

  return async (item: PromiseItem, request: StopRequest): Promise<SendResult> => {
    const { anchorId } = item;
    if (anchorId === undefined) return { kind: "failed", error: "a stop without conversation" };
    const again = (error: string): SendResult => ({ kind: "retry", notBefore: deps.now() + AGAIN_MS, error });
    const { triggerId, by } = request;
    const person = `${by.kind}:${by.id}`;
    const stopped = await deps.stopLane({ anchorId, triggerId, by: person, reason: request.reason ?? request.via });
    if (stopped.kind !== "stopped") return again(stopped.kind);
    if (!(await endTurn(anchorId)))
      return item.attempts < MAX_ATTEMPTS ? again("the run has not ended yet") : { kind: "failed", error: "not ended" };
    const said = await report({ item, request }, anchorId);
    const tookMs = deps.now() - item.createdAt;
    deps.log.info({ event: "run_stopped", anchorId, triggerId, via: request.via, tookMs }, "run stopped");
    const result: WishEnd = { kind: "stopped", wasRunning: triggerId !== undefined, report: said };
    return { kind: "sent", result };
  };
}
export type StopRun = ReturnType<typeof createStopRun>;
