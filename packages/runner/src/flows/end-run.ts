/** Records how a run ended and promises what people will be told, in one write; then the control message follows. */
import type { Log } from "@thor/kit/flow/log";
import type { Ledger } from "@thor/ledger/port";

import { largerTotals } from "../core/budget/reported.ts";
import { endingOf, endPromises } from "../core/end.ts";
import type { Progress } from "../core/progress/progress.ts";
import { failureText, finalText, type Ending } from "../core/progress/render.ts";
import type { Redact } from "../core/redact.ts";
import { hasSpokenOnGithub } from "../core/stop/deeds.ts";
import { usageOwner } from "./keep-budget.ts";
import type { CreateLastWords } from "./last-words.ts";
import { stepsOf, type StepsOfDeps } from "./run-steps.ts";
import type { End, Turn } from "./turn.ts";

const RETRY_MS = 1000;

export interface EndRunDeps extends StepsOfDeps, Pick<Ledger, "closeTrigger" | "postedInThread"> {
  log: Log;
  redact: Redact;
  now: () => number;
  pause: (ms: number) => Promise<void>;
  /** Looks in Slack itself: the agent's post may have arrived although its record was lost in a crash. */
  findAgentPost: (
    place: { channel: string; threadTs: string },
    triggerId: string,
  ) => Promise<{ kind: string; body?: unknown }>;
  noticeIdle: (notice: { anchorId: string; triggerId: string; status: string }) => Promise<void>;
  forget: (turn: Turn) => void;
  /** The channel for what belongs to no thread, if thor.json names one. */
  failureChannel: () => string | undefined;
  lastWords: CreateLastWords;
  /** Nothing of the run waits for people any more. */
  closeRequests: (turn: Turn) => Promise<void>;
  /** Runs whose control message gets its last text here and now. */
  finishing: Set<string>;
}

/** Whether a good end has more to say than that it is one. */
const hasSignals = (ending: Ending, { memory }: Progress) =>
  ending.kind === "completed" && (ending.wasCut || ending.recovered > 0 || memory.some(({ deed }) => deed === "write"));

const createHasPosted =
  (deps: EndRunDeps) =>
  async ({ driven: { run } }: Turn): Promise<boolean> => {
    if (run.replyTo?.kind === "github") return hasSpokenOnGithub(await stepsOf(deps, run.id));
    if (run.replyTo === undefined) return false;
    const { channel, threadTs } = run.replyTo;
    if (await deps.postedInThread({ triggerId: run.id, channel, threadTs })) return true;
    const found = await deps.findAgentPost({ channel, threadTs }, run.id);
    return found.kind === "ok" && found.body !== undefined;
  };

/** What the log says of a run that is over; whoever records the end says it, so that it is counted once. */
export function usedBy(turn: Turn, now: number) {
  const { totals, context } = turn.progress();
  return { ...totals, model: context?.model, tookMs: now - turn.startedAt };
}

/** With what no step has told of: sessions keep sums of their own. */
function finalTotals(turn: Turn, log: Log): Progress["totals"] {
  const { totals, reported } = turn.progress();
  const larger = largerTotals(totals, reported);
  const { triggerId } = turn;
  if (larger.missed !== undefined)
    log.warn({ event: "usage_mismatch", triggerId, ...larger.missed }, "the sessions say they used more");
  return larger.totals;
}

function noteEnd({ log, now }: EndRunDeps, { turn, end, outcome }: { turn: Turn; end: End; outcome: string }): void {
  const { status, reason } = end;
  const used = outcome === "closed" ? usedBy(turn, now()) : {};
  const facts = { triggerId: turn.triggerId, status, reason, outcome, ...used };
  log.info({ event: "session_done", ...facts }, "run ended");
}

function cleared(end: End, redact: Redact): End {
  const clear = (words: string | undefined) => (words === undefined ? undefined : redact(words));
  return { ...end, answer: clear(end.answer), error: clear(end.error) };
}

export function createEndRun(deps: EndRunDeps) {
  const hasPosted = createHasPosted(deps);

  const close = async (turn: Turn, end: End) => {
    const { run, runFence, keeper, recorder } = turn.driven;
    const progress = turn.progress();
    const totals = finalTotals(turn, deps.log);
    const ending = endingOf(end);
    const outbox = endPromises({
      triggerId: run.id,
      anchorId: run.anchorId,
      replyTo: run.replyTo,
      status: end.status,
      reason: end.reason,
      answer: end.answer ?? "",
      wasAsked: run.requesters.length > 0,
      hasPosted: await hasPosted(turn),
      hasLiveMessage: await keeper.isLive(),
      failure: failureText(progress, end.error ?? end.status),
      final: finalText(progress, ending, deps.now()),
      viewUrl: turn.driven.viewUrl,
      failureChannel: run.source === "cron" ? deps.failureChannel() : undefined,
      receipt: hasSignals(ending, progress) ? finalText(progress, ending, deps.now()) : undefined,
    });
    const { status, reason, error } = end;
    if (ending.kind === "budget") await keeper.reserve();
    while (!turn.isStopped()) {
      await recorder.flush();
      const closed = await deps.closeTrigger({
        triggerId: run.id,
        runFence,
        status,
        reason,
        error,
        totals,
        usage: usageOwner(run, turn.directory, progress.context?.model ?? ""),
        outbox,
      });
      if (closed.kind !== "overloaded" && closed.kind !== "unavailable") return closed;
      await deps.pause(RETRY_MS);
    }
    return { kind: "not_mine" as const };
  };

  return async (turn: Turn, given: End): Promise<void> => {
    const end = cleared(given, deps.redact);
    const { triggerId, anchorId, driven } = turn;
    const closed = await close(turn, end);
    noteEnd(deps, { turn, end, outcome: closed.kind });
    // With another holder, or ended by a newer run, the thread is theirs to speak in.
    if (closed.kind !== "closed") return deps.forget(turn);
    deps.finishing.add(triggerId);
    deps.forget(turn);
    void deps.noticeIdle({ anchorId, triggerId, status: end.status });
    await deps
      .closeRequests(turn)
      .catch((err: unknown) => deps.log.warn({ event: "cards_open", triggerId, err }, "cards stay open"));
    await driven.status.clear();
    const ending = endingOf(end);
    const last = deps.lastWords(driven.run, ending, finalText(turn.progress(), ending, deps.now()));
    await driven.keeper.finish(last).finally(() => deps.finishing.delete(triggerId));
  };
}
