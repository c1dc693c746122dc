/** Work that nobody asked Thor for: a prompt typed in OpenCode's own page becomes a run that is recorded and counted, never driven. */
import { slackStream, type OutboxPayload } from "@thor/domain/outbox";
import type { Log } from "@thor/kit/flow/log";
import type { Ledger } from "@thor/ledger/port";

import { isTextPart, type StoredMessage } from "../core/opencode/project.ts";
import { SCRATCH_TITLE } from "./prove-plugin.ts";
import type { StartRun } from "./start-run.ts";

/** An older message is told of again for some other reason, such as a summary. */
const FRESH_MS = 5 * 60_000;

interface SessionFound {
  directory: string;
  title?: string | undefined;
  parentID?: string | undefined;
}

export interface ObserveSessionDeps extends Pick<
  Ledger,
  | "sessionById"
  | "mintAnchor"
  | "stampDirectory"
  | "registerSession"
  | "triggersOf"
  | "triggerById"
  | "openOwnTrigger"
  | "setTrigger"
  | "aliasesOf"
  | "enqueueOutbox"
> {
  log: Log;
  now: () => number;
  newId: () => string;
  holder: string;
  inOrder: <T>(key: string, work: () => Promise<T>) => Promise<T>;
  getSession: (id: string) => Promise<{ kind: string; body?: SessionFound | undefined }>;
  messagesFrom: (
    id: string,
    messageId: string,
  ) => Promise<{ kind: string; body?: readonly StoredMessage[] | undefined }>;
  isAllowedDirectory: (directory: string) => Promise<boolean>;
  writePass: (pass: { sessionId: string; anchorId: string; cwd: string }) => Promise<void>;
  startRun: StartRun;
}

export interface Typed {
  sessionId: string;
  messageId: string;
  createdAt: number;
}

interface Place {
  anchorId: string;
  directory: string;
  /** The conversation was there before; its people should know. */
  isThors: boolean;
}

/** The conversation of a session: its own, or a new one for a session that nobody opened through Thor. */
function createPlaceOf(deps: ObserveSessionDeps) {
  return async (sessionId: string): Promise<Place | undefined> => {
    const known = await deps.sessionById({ sessionId });
    const { body: session } = await deps.getSession(sessionId);
    if (session === undefined || session.parentID !== undefined || session.title === SCRATCH_TITLE) return undefined;
    const { directory } = session;
    if (!(await deps.isAllowedDirectory(directory))) return undefined;
    if (known !== undefined) return { anchorId: known.anchorId, directory, isThors: true };
    const minted = await deps.mintAnchor({ correlationKey: `opencode:${sessionId}`, source: "system" });
    if (!("anchorId" in minted)) return undefined;
    const { anchorId } = minted;
    await deps.stampDirectory({ anchorId, repo: directory.split("/").at(-1) ?? "", directory, by: "observed" });
    await deps.registerSession({ id: sessionId, anchorId, kind: "main" });
    return { anchorId, directory, isThors: false };
  };
}

/** The people of a thread learn that somebody else works in its session. */
function createTell(deps: ObserveSessionDeps) {
  return async (anchorId: string, triggerId: string): Promise<void> => {
    const aliases = await deps.aliasesOf({ anchorId });
    const [channel, threadTs] = aliases.find(({ type }) => type === "slack.thread")?.value.split("/") ?? [];
    if (channel === undefined || threadTs === undefined) return;
    const text = "An operator is working in this session.";
    const payload: OutboxPayload = { kind: "slack.post", channel, threadTs, text };
    const stream = slackStream(channel, threadTs);
    await deps.enqueueOutbox({ kind: payload.kind, stream, dedupeKey: `operator:${triggerId}`, payload, anchorId });
  };
}

export function createObserveSession(deps: ObserveSessionDeps) {
  const placeOf = createPlaceOf(deps);
  const tell = createTell(deps);

  const wordsOf = async ({ sessionId, messageId }: Typed): Promise<string | undefined> => {
    const [first] = (await deps.messagesFrom(sessionId, messageId)).body ?? [];
    const texts = (first?.parts ?? []).filter(isTextPart).map(({ text }) => text);
    return texts.length === 0 ? undefined : texts.join("\n\n");
  };

  const open = async (typed: Typed, { anchorId, directory, isThors }: Place): Promise<void> => {
    const { sessionId, messageId: promptMessageId, createdAt } = typed;
    const [last] = await deps.triggersOf({ anchorId, limit: 1 });
    if (last?.promptMessageId === promptMessageId) return;
    const triggerId = deps.newId();
    const own = { triggerId, anchorId, cause: "observed" as const, sessionId, source: "system", requesters: [] };
    const prompt = await wordsOf(typed);
    const opened = await deps.openOwnTrigger({ ...own, prompt, promptMessageId, holder: deps.holder });
    // With a run open here it counts to that one.
    if (opened.kind !== "opened") return;
    const { runFence } = opened;
    await deps.writePass({ sessionId, anchorId, cwd: directory });
    await deps.setTrigger({ triggerId, runFence, set: { status: "running", promptSentAt: createdAt } });
    const run = await deps.triggerById({ triggerId });
    if (run === undefined) throw new Error("an opened run is not in the ledger");
    await deps.startRun(run, { isFresh: false, runFence, sessionId, directory });
    if (isThors) await tell(anchorId, triggerId);
    deps.log.info({ event: "session_observed", triggerId, anchorId, sessionId }, "somebody works in OpenCode itself");
  };

  return async (typed: Typed): Promise<void> => {
    if (deps.now() - typed.createdAt > FRESH_MS) return;
    try {
      await deps.inOrder(`observed:${typed.sessionId}`, async () => {
        const place = await placeOf(typed.sessionId);
        if (place !== undefined) await deps.inOrder(place.anchorId, () => open(typed, place));
      });
    } catch (err) {
      deps.log.error({ event: "observe_failed", sessionId: typed.sessionId, err }, "a foreign prompt is not recorded");
    }
  };
}
