/** One trigger at a time per conversation: answers before any model does, and opens at most one run. */
import type { DirectTrigger, DispatchedTrigger, TriggerAnswer } from "@thor/domain/trigger";
import type { Log } from "@thor/kit/flow/log";
import type { Ledger, LedgerFault } from "@thor/ledger/port";

import { promptIds } from "../core/prompt-ids.ts";
import { composePrompt } from "../core/prompt/compose.ts";
import type { Turn } from "./drive-turn.ts";
import { PASS_UNWRITABLE, type GiveUp } from "./give-up.ts";
import { createPrepareRun, type Prepared, type PrepareRunDeps, type Ready } from "./prepare-run.ts";
import type { StartRun } from "./start-run.ts";

export type Accepted =
  | Exclude<Prepared, Ready>
  | { kind: "accepted"; answer: Extract<TriggerAnswer, { accepted: true }> }
  | { kind: "stale_fence" }
  | { kind: "try_later"; error: string };

export interface AcceptTriggerDeps
  extends
    PrepareRunDeps,
    Pick<
      Ledger,
      | "closeTrigger"
      | "triggerByDispatch"
      | "triggerById"
      | "openTrigger"
      | "openOwnTrigger"
      | "mintAnchor"
      | "stampDirectory"
      | "sessionById"
    > {
  log: Log;
  newId: () => string;
  holder: string;
  inOrder: (key: string, work: () => Promise<Accepted>) => Promise<Accepted>;
  writePass: (pass: { sessionId: string; anchorId: string; cwd: string }) => Promise<void>;
  startRun: StartRun;
  giveUp: GiveUp;
  /** Finishes the control message of a run that a newer one has ended. */
  onSuperseded: (turn: Turn) => Promise<void>;
}

const isFault = (outcome: { kind: string }): outcome is LedgerFault =>
  outcome.kind === "overloaded" || outcome.kind === "unavailable";

const duplicateOf = (run: { id: string; sessionId?: string | undefined }): Accepted => ({
  kind: "accepted",
  answer: { accepted: true, sessionId: run.sessionId ?? "", triggerId: run.id, resumed: true, duplicate: true },
});

function supersede({ log, onSuperseded }: AcceptTriggerDeps, ended: Turn | undefined): void {
  if (ended === undefined) return;
  onSuperseded(ended).catch((err: unknown) =>
    log.error({ event: "progress_failed", triggerId: ended.triggerId, err }, "control message of an older run failed"),
  );
}

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

/** Starts what was opened; the older run of the conversation learns that it is over. */
function createBegin(deps: AcceptTriggerDeps) {
  return async (anchorId: string, ready: Ready, opened: { triggerId: string; runFence: number }): Promise<Accepted> => {
    const { sessionId, directory, resumed } = ready;
    const { triggerId, runFence } = opened;
    supersede(deps, ready.ended);
    const run = await deps.triggerById({ triggerId });
    if (run === undefined) throw new Error("an opened run is not in the ledger");
    const answer: Accepted = { kind: "accepted", answer: { accepted: true, sessionId, triggerId, resumed } };
    try {
      await deps.writePass({ sessionId, anchorId, cwd: directory });
    } catch (err) {
      deps.log.error({ event: "pass_unwritable", triggerId, err }, "pass not written");
      await deps.giveUp(run, runFence, PASS_UNWRITABLE);
      return answer;
    }
    await deps.startRun(run, { runFence, sessionId, directory });
    deps.log.info({ event: "trigger_accepted", triggerId, anchorId, sessionId, resumed }, "trigger accepted");
    return answer;
  };
}

/** The ledger keeps so many people of one run; the newest asked last. */
const MAX_REQUESTERS = 100;

const mayHoldForeignText = (events: string) =>
  events.includes('"external_author": true') || /"(?:attachments": \[\s*\{|untrusted_fields": \[)/.test(events);

function createDispatched(deps: AcceptTriggerDeps) {
  const prepare = createPrepareRun(deps);
  const begin = createBegin(deps);

  const open = async (request: DispatchedTrigger, ready: Ready): Promise<Accepted> => {
    const { anchorId, dispatchId, lane, fence, correlationKey, requesters, replyTo, prompt: events } = request;
    const triggerId = deps.newId();
    const { messageId: promptMessageId, partId: promptPartId } = promptIds(triggerId, "s1");
    const otherDirectory = request.directory === ready.directory ? undefined : request.directory;
    const hasUntrustedText = mayHoldForeignText(events);
    const facts = { correlationKey, requesters, replyTo, otherDirectory, hasUntrustedText, events };
    const opened = await deps.openTrigger({
      dispatchId,
      lane,
      fence,
      triggerId,
      anchorId,
      sessionId: ready.sessionId,
      source: request.sources[0] ?? "system",
      correlationKey,
      requesters: requesters.slice(-MAX_REQUESTERS),
      replyTo,
      prompt: composePrompt({ ...facts, previous: ready.previous }),
      promptMessageId,
      promptPartId,
      interrupt: request.interrupt === true,
      holder: deps.holder,
    });
    if (opened.kind === "opened") return begin(anchorId, ready, opened);
    if (opened.kind === "already_open") return duplicateOf({ id: opened.triggerId, sessionId: opened.sessionId });
    return isFault(opened) ? { kind: "try_later", error: opened.kind } : { kind: opened.kind };
  };

  return async (request: DispatchedTrigger): Promise<Accepted> => {
    const known = await deps.triggerByDispatch({ dispatchId: request.dispatchId });
    if (known !== undefined) return duplicateOf(known);
    const prepared = await prepare({ ...request, interrupt: request.interrupt === true });
    return prepared.kind === "ready" ? orThaw(prepared.ended, () => open(request, prepared)) : prepared;
  };
}

type Conversation =
  | { kind: "anchor"; anchorId: string }
  | Extract<Accepted, { kind: "try_later" | "directory_refused" }>;

/** Without a dispatch there is no write that ends the older run and opens the newer one together. */
const endInterrupted = ({ closeTrigger }: AcceptTriggerDeps, { triggerId, driven }: Turn) =>
  closeTrigger({ triggerId, runFence: driven.runFence, status: "aborted", reason: "user_interrupt" });

function createDirect(deps: AcceptTriggerDeps) {
  const prepare = createPrepareRun(deps);
  const begin = createBegin(deps);

  const conversationOf = async ({ correlationKey, sessionId, directory }: DirectTrigger): Promise<Conversation> => {
    const session = sessionId === undefined ? undefined : await deps.sessionById({ sessionId });
    if (session !== undefined) return { kind: "anchor", anchorId: session.anchorId };
    if (!(await deps.isAllowedDirectory(directory))) return { kind: "directory_refused", directory };
    const key = correlationKey ?? `direct:${deps.newId()}`;
    const minted = await deps.mintAnchor({ correlationKey: key, source: "system" });
    if (isFault(minted)) return { kind: "try_later", error: minted.kind };
    const { anchorId } = minted;
    await deps.stampDirectory({ anchorId, repo: directory.split("/").at(-1) ?? "", directory, by: "direct" });
    return { kind: "anchor", anchorId };
  };

  const openIn = async (request: DirectTrigger, anchorId: string): Promise<Accepted> => {
    const prepared = await prepare({ anchorId, directory: request.directory, interrupt: request.interrupt === true });
    if (prepared.kind !== "ready") return prepared;
    return orThaw(prepared.ended, () => open(request, anchorId, prepared));
  };

  const open = async (request: DirectTrigger, anchorId: string, prepared: Ready): Promise<Accepted> => {
    if (prepared.ended !== undefined) await endInterrupted(deps, prepared.ended);
    const triggerId = deps.newId();
    const { messageId: promptMessageId, partId: promptPartId } = promptIds(triggerId, "s1");
    const { correlationKey, triggerSlackId: user, prompt: events } = request;
    const requesters = user === undefined ? [] : [{ kind: "slack" as const, id: user }];
    const opened = await deps.openOwnTrigger({
      triggerId,
      anchorId,
      cause: "direct",
      sessionId: prepared.sessionId,
      source: "system",
      correlationKey,
      prompt: composePrompt({
        correlationKey,
        requesters,
        previous: prepared.previous,
        hasUntrustedText: false,
        events,
      }),
      promptMessageId,
      promptPartId,
      requesters,
      holder: deps.holder,
    });
    if (opened.kind === "opened") return begin(anchorId, prepared, { triggerId, runFence: opened.runFence });
    return isFault(opened) ? { kind: "try_later", error: opened.kind } : { kind: "busy" };
  };

  return async (request: DirectTrigger): Promise<Accepted> => {
    const conversation = await conversationOf(request);
    if (conversation.kind !== "anchor") return conversation;
    return deps.inOrder(conversation.anchorId, () => openIn(request, conversation.anchorId));
  };
}

export function createAcceptTrigger(deps: AcceptTriggerDeps) {
  const dispatched = createDispatched(deps);
  const direct = createDirect(deps);
  const inHand = new Set<Promise<Accepted>>();
  const kept = (work: Promise<Accepted>) => {
    inHand.add(work);
    return work.finally(() => inHand.delete(work));
  };
  return {
    dispatched: (request: DispatchedTrigger) => kept(deps.inOrder(request.anchorId, () => dispatched(request))),
    direct: (request: DirectTrigger) => kept(direct(request)),
    /** Calls that are being answered; a stop waits a moment for them. */
    inHand: () => [...inHand],
  };
}
export type AcceptTrigger = ReturnType<typeof createAcceptTrigger>;
