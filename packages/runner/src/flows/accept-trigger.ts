/** One trigger at a time per conversation: answers before any model does, and opens at most one run. */
import { parseCorrelationKey } from "@thor/domain/correlation-key";
import type { DirectTrigger, DispatchedTrigger, TriggerAnswer } from "@thor/domain/trigger";
import type { Log } from "@thor/kit/flow/log";
import type { Ledger, LedgerFault } from "@thor/ledger/port";

import { promptIds } from "../core/prompt-ids.ts";
import { storedFacts } from "../core/run-facts.ts";
import type { BeginRun } from "./begin-run.ts";
import type { FollowRun } from "./follow-run.ts";
import type { LearnConversation } from "./learn-conversation.ts";
import type { Prepared, PrepareRun, Ready } from "./prepare-run.ts";
import type { Turn } from "./turn.ts";
import type { PromptRequest, WritePrompt } from "./write-prompt.ts";

export type Accepted =
  | Exclude<Prepared, Ready>
  | { kind: "accepted"; answer: Extract<TriggerAnswer, { accepted: true }> }
  | { kind: "stale_fence" }
  | { kind: "not_sent"; sessionId: string; detail: string }
  | { kind: "try_later"; error: string };

export interface AcceptTriggerDeps extends Pick<
  Ledger,
  | "closeTrigger"
  | "triggerByDispatch"
  | "openTrigger"
  | "openOwnTrigger"
  | "mintAnchor"
  | "bindAlias"
  | "stampDirectory"
  | "sessionById"
> {
  log: Log;
  newId: () => string;
  holder: string;
  inOrder: <T>(key: string, work: () => Promise<T>) => Promise<T>;
  isAllowedDirectory: (directory: string) => Promise<boolean>;
  prepare: PrepareRun;
  writePrompt: WritePrompt;
  learn: LearnConversation;
  begin: BeginRun;
  confirm: FollowRun["confirm"];
}

const isFault = (outcome: { kind: string }): outcome is LedgerFault =>
  outcome.kind === "overloaded" || outcome.kind === "unavailable";

const duplicateOf = (run: { id: string; sessionId?: string | undefined }): Accepted => ({
  kind: "accepted",
  answer: { accepted: true, sessionId: run.sessionId ?? "", triggerId: run.id, resumed: true, duplicate: true },
});

/** A turn that was frozen for a run that then did not open goes on; it must never stay frozen. */
async function orThaw(ended: Turn | undefined, open: () => Promise<Accepted>): Promise<Accepted> {
  try {
    const opened = await open();
    if (opened.kind !== "accepted" || opened.answer.duplicate === true) ended?.thaw();
    return opened;
  } catch (err) {
    ended?.thaw();
    throw err;
  }
}

/** The ledger keeps so many people of one run; the newest asked last. */
const MAX_REQUESTERS = 100;

const mayHoldForeignText = (events: string) =>
  events.includes('"external_author": true') || /"(?:attachments": \[\s*\{|untrusted_fields": \[)/.test(events);

function createDispatched(deps: AcceptTriggerDeps) {
  const open = async (request: DispatchedTrigger, ready: Ready): Promise<Accepted> => {
    const { anchorId, dispatchId, lane, fence, correlationKey, requesters, replyTo, prompt: events } = request;
    const triggerId = deps.newId();
    const { messageId: promptMessageId, partId: promptPartId } = promptIds(triggerId, "s1");
    const otherDirectory = request.directory === ready.directory ? undefined : request.directory;
    const source = request.sources[0] ?? "system";
    const learning = deps.learn({ ...request, directory: ready.directory });
    const { prompt, facts } = await deps.writePrompt({
      anchorId,
      sessionId: ready.sessionId,
      isResumed: ready.resumed,
      replaced: ready.replaced,
      source: request.sources.includes("github") ? "github" : source,
      eventIds: request.eventIds,
      correlationKey,
      requesters,
      replyTo,
      otherDirectory,
      previous: ready.previous,
      hasUntrustedText: mayHoldForeignText(events),
      events,
    });
    // Before anybody can look at the run it is known who may.
    await learning;
    const opened = await deps.openTrigger({
      dispatchId,
      lane,
      fence,
      triggerId,
      anchorId,
      sessionId: ready.sessionId,
      source,
      correlationKey,
      requesters: requesters.slice(-MAX_REQUESTERS),
      replyTo,
      prompt,
      revs: storedFacts(facts),
      promptMessageId,
      promptPartId,
      interrupt: request.interrupt === true,
      holder: deps.holder,
    });
    if (opened.kind === "opened") return { kind: "accepted", answer: await deps.begin(anchorId, ready, opened) };
    if (opened.kind === "already_open") return duplicateOf({ id: opened.triggerId, sessionId: opened.sessionId });
    return isFault(opened) ? { kind: "try_later", error: opened.kind } : { kind: opened.kind };
  };

  return async (request: DispatchedTrigger): Promise<Accepted> => {
    const known = await deps.triggerByDispatch({ dispatchId: request.dispatchId });
    if (known !== undefined) return duplicateOf(known);
    const prepared = await deps.prepare({ ...request, interrupt: request.interrupt === true });
    return prepared.kind === "ready" ? orThaw(prepared.ended, () => open(request, prepared)) : prepared;
  };
}

type Conversation =
  | { kind: "anchor"; anchorId: string }
  | Extract<Accepted, { kind: "try_later" | "directory_refused" }>;

/** Without a dispatch there is no write that ends the older run and opens the newer one together. */
const endInterrupted = ({ closeTrigger }: AcceptTriggerDeps, { triggerId, driven }: Turn) =>
  closeTrigger({ triggerId, runFence: driven.runFence, status: "aborted", reason: "user_interrupt" });

const requestersOf = ({ triggerSlackId: id }: DirectTrigger) =>
  id === undefined ? [] : [{ kind: "slack" as const, id }];

const directPrompt = (request: DirectTrigger, anchorId: string, prepared: Ready): PromptRequest => ({
  anchorId,
  sessionId: prepared.sessionId,
  isResumed: prepared.resumed,
  replaced: prepared.replaced,
  source: "system",
  eventIds: [],
  correlationKey: request.correlationKey,
  requesters: requestersOf(request),
  previous: prepared.previous,
  hasUntrustedText: false,
  events: request.prompt,
});

/** The conversation of a direct call: its session's, else its key's. */
function createConversationOf(deps: AcceptTriggerDeps) {
  return async ({ correlationKey, sessionId, directory }: DirectTrigger): Promise<Conversation> => {
    const session = sessionId === undefined ? undefined : await deps.sessionById({ sessionId });
    if (session !== undefined) {
      const { anchorId } = session;
      const key = parseCorrelationKey(correlationKey ?? "");
      // Whoever was first with a name keeps it; a key that is no name of anything outside leaves none.
      if (key.kind === "bindable")
        await deps.bindAlias({ type: key.type, value: key.value, anchorId, source: "direct" });
      return { kind: "anchor", anchorId };
    }
    if (!(await deps.isAllowedDirectory(directory))) return { kind: "directory_refused", directory };
    const key = correlationKey ?? `direct:${deps.newId()}`;
    const minted = await deps.mintAnchor({ correlationKey: key, source: "system" });
    if (isFault(minted)) return { kind: "try_later", error: minted.kind };
    const { anchorId } = minted;
    await deps.stampDirectory({ anchorId, repo: directory.split("/").at(-1) ?? "", directory, by: "direct" });
    return { kind: "anchor", anchorId };
  };
}

function createDirect(deps: AcceptTriggerDeps) {
  const conversationOf = createConversationOf(deps);

  const openIn = async (request: DirectTrigger, anchorId: string): Promise<Accepted> => {
    const prepared = await deps.prepare({
      anchorId,
      directory: request.directory,
      interrupt: request.interrupt === true,
    });
    if (prepared.kind !== "ready") return prepared;
    return orThaw(prepared.ended, () => open(request, anchorId, prepared));
  };

  const open = async (request: DirectTrigger, anchorId: string, prepared: Ready): Promise<Accepted> => {
    if (prepared.ended !== undefined) await endInterrupted(deps, prepared.ended);
    const triggerId = deps.newId();
    const { messageId: promptMessageId, partId: promptPartId } = promptIds(triggerId, "s1");
    const { correlationKey } = request;
    const requesters = requestersOf(request);
    const { prompt, facts } = await deps.writePrompt(directPrompt(request, anchorId, prepared));
    const opened = await deps.openOwnTrigger({
      triggerId,
      anchorId,
      cause: "direct",
      sessionId: prepared.sessionId,
      source: "system",
      correlationKey,
      prompt,
      revs: storedFacts(facts),
      promptMessageId,
      promptPartId,
      requesters,
      holder: deps.holder,
    });
    if (opened.kind === "opened") {
      const { runFence } = opened;
      return { kind: "accepted", answer: await deps.begin(anchorId, prepared, { triggerId, runFence }) };
    }
    return isFault(opened) ? { kind: "try_later", error: opened.kind } : { kind: "busy" };
  };

  return async (request: DirectTrigger): Promise<Accepted> => {
    const conversation = await conversationOf(request);
    if (conversation.kind !== "anchor") return conversation;
    const opened = await deps.inOrder(conversation.anchorId, () => openIn(request, conversation.anchorId));
    if (opened.kind !== "accepted") return opened;
    const { sessionId, triggerId } = opened.answer;
    const confirmed = await deps.confirm(triggerId);
    return confirmed.kind === "confirmed" ? opened : { ...confirmed, sessionId };
  };
}

export function createAcceptTrigger(deps: AcceptTriggerDeps) {
  const dispatched = createDispatched(deps);
  const direct = createDirect(deps);
  const inHand = new Set<Promise<Accepted>>();
  const kept = async (work: Promise<Accepted>): Promise<Accepted> => {
    inHand.add(work);
    const outcome = await work.finally(() => inHand.delete(work));
    const result = outcome.kind === "accepted" && outcome.answer.duplicate === true ? "duplicate" : outcome.kind;
    deps.log.info({ event: "trigger_answered", result }, "trigger answered");
    return outcome;
  };
  return {
    dispatched: (request: DispatchedTrigger) => kept(deps.inOrder(request.anchorId, () => dispatched(request))),
    direct: (request: DirectTrigger) => kept(direct(request)),
    /** Calls that are being answered; a stop waits a moment for them. */
    inHand: () => [...inHand],
  };
}
export type AcceptTrigger = ReturnType<typeof createAcceptTrigger>;
