/** Carries out a person's Continue: a parked run goes on, waiting messages start, or an ended run is taken up again. */
import type { ControlRequest } from "@thor/domain/outbox";
import type { Log } from "@thor/kit/flow/log";
import type { Card, Ledger, PromiseItem, Run, SendResult } from "@thor/ledger/port";
import type { ConfigView } from "@thor/workspace-config/pure/standing";

import { allowanceFor, type Allowance } from "../core/budget/check.ts";
import { mayContinue } from "../core/budget/may-continue.ts";
import { promptIds } from "../core/prompt-ids.ts";
import { CONTINUE } from "../core/prompt/compose.ts";
import { askedIn, factsOf, storedFacts } from "../core/run-facts.ts";
import { cardText, type Said } from "../core/slack/said.ts";
import type { WishEnd } from "../core/wish-end.ts";
import type { BeginRun } from "./begin-run.ts";
import type { Budget } from "./keep-budget.ts";
import { continueCardId } from "./last-words.ts";
import type { PrepareRun, Ready } from "./prepare-run.ts";
import type { Turn } from "./turn.ts";
import type { Turns } from "./turns.ts";
import { createWhisper } from "./whisper.ts";
import type { WritePrompt } from "./write-prompt.ts";

type ContinueRequest = Extract<ControlRequest, { kind: "control.continue" }>;

const AGAIN_MS = 1000;
/** A run that nobody drives is taken up by recovery within its lease; OpenCode may be away for a while. */
const MAX_ATTEMPTS = 90;

export interface ContinueRunDeps extends Pick<
  Ledger,
  | "liveWork"
  | "resumeLane"
  | "triggerById"
  | "triggersOf"
  | "cardById"
  | "actOnCard"
  | "openOwnTrigger"
  | "enqueueOutbox"
  | "appendAudit"
> {
  log: Log;
  now: () => number;
  newId: () => string;
  holder: string;
  config: () => ConfigView;
  unpricedUsdPerMtok: number;
  turns: Turns<Turn>;
  inOrder: <T>(key: string, work: () => Promise<T>) => Promise<T>;
  prepare: PrepareRun;
  writePrompt: WritePrompt;
  begin: BeginRun;
  budget: Budget;
  update: (at: { channel: string; threadTs: string; ts: string }, said: Said) => Promise<{ kind: string }>;
}

interface Wish {
  item: PromiseItem;
  request: ContinueRequest;
  anchorId: string;
}

/** How far a run that ended at a limit may go beyond it. */
function createAllow(deps: ContinueRunDeps) {
  return async (run: Run): Promise<Allowance | undefined> => {
    const { overScope } = factsOf(run);
    const scope = (["perRun", "perConversation", "perDay", "perUserDay", "perChannelDay"] as const).find(
      (known) => known === overScope,
    );
    if (run.status !== "budget" || scope === undefined) return undefined;
    const used = await deps.budget.usedNow(run, run);
    const step = deps.config().operational.budgets.continueStep;
    return allowanceFor(scope, used[scope], { step, perMtok: deps.unpricedUsdPerMtok });
  };
}

/** Opens the run that goes on where another one ended. */
function createReopen(deps: ContinueRunDeps) {
  const allow = createAllow(deps);
  return async ({ anchorId, request }: Wish, run: Run, ready: Ready) => {
    const { sessionId, resumed, replaced, previous } = ready;
    const { correlationKey, replyTo, source } = run;
    const { kind, id } = request.by;
    const requesters = kind === "viewer" || kind === "api" ? run.requesters : [{ kind, id }];
    // A run that never began is begun now; any other goes on with what its session remembers.
    const events = run.promptSentAt === undefined ? askedIn(run) || CONTINUE : CONTINUE;
    const written = await deps.writePrompt({
      anchorId,
      sessionId,
      isResumed: resumed,
      replaced,
      source,
      eventIds: [],
      correlationKey,
      requesters,
      replyTo,
      previous,
      hasUntrustedText: factsOf(run).isTainted === true,
      events,
    });
    const allowance = await allow(run);
    const triggerId = deps.newId();
    const { messageId: promptMessageId, partId: promptPartId } = promptIds(triggerId, "s1");
    const opened = await deps.openOwnTrigger({
      triggerId,
      anchorId,
      cause: "continue",
      sessionId,
      source,
      correlationKey,
      requesters,
      replyTo,
      prompt: written.prompt,
      promptMessageId,
      promptPartId,
      revs: storedFacts({ ...written.facts, ...(allowance === undefined ? {} : { allowance }) }),
      holder: deps.holder,
    });
    if (opened.kind !== "opened") return opened.kind;
    await deps.begin(anchorId, ready, { triggerId, runFence: opened.runFence });
    return { triggerId, allowance };
  };
}

/** The card that was pressed is settled, and its message says who did it. */
function createSettle(deps: ContinueRunDeps) {
  return async (card: Card, { by }: ContinueRequest): Promise<void> => {
    const { id, version, channel, threadTs, messageTs, payload } = card;
    await deps.actOnCard({ id, version, state: "answered", by: `${by.kind}:${by.id}` });
    const who = by.kind === "slack" ? `<@${by.id}>` : (by.name ?? by.id);
    const text = `${cardText(payload)}\n▶️ Continued by ${who}`;
    if (messageTs !== undefined) await deps.update({ channel, threadTs, ts: messageTs }, { text, buttons: [] });
  };
}

/** Why a press on a run's last button changes nothing. */
const createRefusal =
  ({ config }: ContinueRunDeps) =>
  (run: Run, card: Card | undefined, { by }: ContinueRequest): { words: string; end: WishEnd } | undefined => {
    if (card !== undefined && card.state !== "open")
      return { words: "This was settled already.", end: { kind: "settled_before", by: card.actedBy } };
    if (run.status === "budget" && !mayContinue(config().admission, by))
      return { words: "You may not let work go on beyond its budget.", end: { kind: "not_allowed" } };
    return undefined;
  };

const went = (triggerId?: string): SendResult => ({
  kind: "sent",
  result: { kind: "continued", ...(triggerId === undefined ? {} : { triggerId }) } satisfies WishEnd,
});

export function createContinueRun(deps: ContinueRunDeps) {
  const whisper = createWhisper(deps);
  const reopen = createReopen(deps);
  const settle = createSettle(deps);
  const refusal = createRefusal(deps);

  const again = ({ item }: Wish, error: string): SendResult =>
    item.attempts < MAX_ATTEMPTS
      ? { kind: "retry", notBefore: deps.now() + AGAIN_MS, error }
      : { kind: "failed", error };

  const audit = ({ request, anchorId }: Wish, run: Run, allowance: Allowance | undefined) =>
    deps.appendAudit({
      service: "runner",
      event: allowance === undefined ? "run.continued" : "budget.extended",
      actorKind: request.by.kind === "github" || request.by.kind === "admin" ? request.by.kind : "slack",
      actor: request.by.id,
      anchorId,
      triggerId: run.id,
      target: run.id,
      decision: "allow",
      ...(allowance === undefined ? {} : { reason: `${allowance.scope}: ${JSON.stringify(allowance)}`.slice(0, 500) }),
    });

  const takeUp = async (wish: Wish, run: Run, card: Card | undefined): Promise<SendResult> => {
    const { request, anchorId } = wish;
    const prepared = await deps.prepare({ anchorId, directory: "", interrupt: false });
    if (prepared.kind !== "ready") return again(wish, prepared.kind);
    const opened = await reopen(wish, run, prepared);
    if (typeof opened === "string") return again(wish, opened);
    await audit(wish, run, opened.allowance);
    if (card !== undefined) await settle(card, request);
    deps.log.info({ event: "run_continued", triggerId: opened.triggerId, after: run.id }, "a run was taken up again");
    return went(opened.triggerId);
  };

  const ended = async (wish: Wish): Promise<SendResult> => {
    const { request, anchorId } = wish;
    const work = await deps.liveWork({ anchorId });
    if (work.triggerId !== undefined) return again(wish, "the run is not driven here yet");
    const person = `${request.by.kind}:${request.by.id}`;
    if (work.newestEventId !== undefined && (await deps.resumeLane({ anchorId, by: person })).kind === "done")
      return went();
    const [newest] = await deps.triggersOf({ anchorId, limit: 1 });
    const run = request.triggerId === undefined ? newest : await deps.triggerById({ triggerId: request.triggerId });
    if (run === undefined) return { kind: "failed", error: "no run to continue" };
    if (newest !== undefined && newest.id !== run.id)
      return whisper(request, "A newer message was worked on already.", { kind: "busy" });
    const card = await deps.cardById({ id: continueCardId(run.id) });
    const refused = refusal(run, card, request);
    return refused === undefined ? takeUp(wish, run, card) : whisper(request, refused.words, refused.end);
  };

  return async (item: PromiseItem, request: ContinueRequest): Promise<SendResult> => {
    const { anchorId } = item;
    if (anchorId === undefined) return { kind: "failed", error: "a continue without conversation" };
    const turn = deps.turns.ofAnchor(anchorId);
    if (turn !== undefined && !turn.isParked())
      return whisper(request, "I am already working on this.", { kind: "busy" });
    if (turn === undefined) return deps.inOrder(anchorId, () => ended({ item, request, anchorId }));
    turn.feed({ kind: "continue" });
    deps.log.info({ event: "run_resumed", triggerId: turn.triggerId, via: request.via }, "a parked run goes on");
    return went(turn.triggerId);
  };
}
export type ContinueRun = ReturnType<typeof createContinueRun>;
