/** Before a run can open: its directory, a reachable OpenCode, its session, and nothing else running in it. */
import type { Log } from "@thor/kit/flow/log";
import type { Ledger, Run } from "@thor/ledger/port";

import { USER_STOP } from "../core/turn/state.ts";
import type { OpenSession } from "./open-session.ts";
import type { Turn } from "./turn.ts";
import type { Turns } from "./turns.ts";

const MAX_UNPROVEN = 3;
const OPEN: ReadonlySet<string> = new Set(["starting", "running", "parked"]);

export interface PrepareRunDeps extends Pick<Ledger, "triggersOf" | "readLease" | "anchorById"> {
  log: Log;
  now: () => number;
  /** Whether prompts may be sent, after waiting a while for it. */
  isReady: () => Promise<boolean>;
  /** What OpenCode says; without an answer nothing may be sent. */
  activity: (session: { sessionId: string; directory: string }) => Promise<"busy" | "idle" | "unknown">;
  isAllowedDirectory: (directory: string) => Promise<boolean>;
  openSession: OpenSession;
  abortTurn: (turn: {
    sessionId: string;
    directory: string;
    promptMessageId: string;
    sessions: ReadonlySet<string>;
  }) => Promise<"ended" | "unproven">;
  turns: Turns<Turn>;
}

export interface Ready {
  kind: "ready";
  sessionId: string;
  resumed: boolean;
  directory: string;
  /** The run that stood in the way: frozen, and proven to have ended. */
  ended?: Turn | undefined;
  previous?: "interrupted" | "stopped" | "failed" | undefined;
  /** Why the session is another than before. */
  replaced?: string | undefined;
}

export type Prepared =
  | Ready
  | { kind: "busy" }
  | { kind: "not_ended"; sessionId: string }
  | { kind: "directory_refused"; directory: string }
  | { kind: "unreachable"; error: string };

interface Place {
  anchorId: string;
  sessionId: string;
  directory: string;
}

const noteFault = ({ log }: PrepareRunDeps, { triggerId }: Turn, err: unknown) =>
  log.error({ event: "turn_fault", triggerId, err }, "the last steps of an interrupted run are not recorded");

type Stopped = { kind: "clear"; ended?: Turn | undefined } | { kind: "not_ended" };

/** Stops what runs in the conversation; the driven turn is frozen first, so that it does not judge its own abort. */
function createStop(deps: PrepareRunDeps) {
  /** Sessions that did not stop when asked, and how often. */
  const unproven = new Map<string, number>();
  const countUnproven = (sessionId: string, running: Turn | undefined) => {
    const tries = (unproven.get(sessionId) ?? 0) + 1;
    unproven.set(sessionId, tries);
    running?.thaw();
    if (tries >= MAX_UNPROVEN) running?.feed({ kind: "unresponsive" });
  };

  const stop = async (place: Place): Promise<Stopped> => {
    const running = deps.turns.ofAnchor(place.anchorId);
    if (running?.isDone() === true) return { kind: "not_ended" };
    running?.freeze();
    const [last] = await deps.triggersOf({ anchorId: place.anchorId, limit: 1 });
    const promptMessageId = last?.promptMessageId ?? "";
    const target = running ?? { ...place, sessions: new Set([place.sessionId]) };
    if ((await deps.abortTurn({ ...target, promptMessageId })) === "ended") {
      unproven.delete(target.sessionId);
      if (running !== undefined) await running.catchUp().catch((err: unknown) => noteFault(deps, running, err));
      return { kind: "clear", ended: running };
    }
    countUnproven(target.sessionId, running);
    return { kind: "not_ended" };
  };
  const isLost = (sessionId: string) => (unproven.get(sessionId) ?? 0) >= MAX_UNPROVEN;
  return { stop, isLost };
}

const previousOf = (last: Run | undefined): Ready["previous"] => {
  if (last === undefined || last.status === "completed") return undefined;
  if (last.reason === USER_STOP) return "stopped";
  return OPEN.has(last.status) || last.reason === "user_interrupt" ? "interrupted" : "failed";
};

export function createPrepareRun(deps: PrepareRunDeps) {
  const { stop, isLost } = createStop(deps);

  const activity = async (
    place: Place & { isNew: boolean },
    last: Run | undefined,
  ): Promise<"busy" | "idle" | "unknown"> => {
    if (deps.turns.ofAnchor(place.anchorId) !== undefined) return "busy";
    const lease = await deps.readLease({ name: `run:${place.anchorId}` });
    if (lease?.holder !== undefined && lease.expiresAt > deps.now()) return "busy";
    // A run whose driver died is about to be taken up again: to open another now would end it without a word.
    if (last !== undefined && OPEN.has(last.status)) return "busy";
    return place.isNew ? "idle" : deps.activity(place);
  };

  return async (request: { anchorId: string; directory: string; interrupt: boolean }): Promise<Prepared> => {
    const { anchorId, interrupt } = request;
    const anchor = await deps.anchorById({ anchorId });
    const directory = anchor?.directory ?? request.directory;
    if (!(await deps.isAllowedDirectory(directory))) return { kind: "directory_refused", directory };
    if (!(await deps.isReady()))
      return { kind: "unreachable", error: "OpenCode cannot be reached, or has not loaded Thor's plugin" };
    const [last] = await deps.triggersOf({ anchorId, limit: 1 });
    const wasLost = (id: string) => last?.reason === "session_unresponsive" && last.sessionId === id;
    const session = await deps.openSession({ anchorId, directory, isLost: (id) => isLost(id) || wasLost(id) });
    if (session.kind === "failed") return { kind: "unreachable", error: session.error };
    const { sessionId, resumed, replaced } = session;
    const place: Place = { anchorId, sessionId, directory };
    const ready: Ready = { kind: "ready", sessionId, resumed, directory, replaced, previous: previousOf(last) };
    const found = await activity({ ...place, isNew: !resumed }, last);
    if (found === "unknown") return { kind: "unreachable", error: "OpenCode does not say whether the session is busy" };
    if (found === "idle") return ready;
    if (!interrupt) return { kind: "busy" };
    const stopped = await stop(place);
    return stopped.kind === "clear" ? { ...ready, ended: stopped.ended } : { kind: "not_ended", sessionId };
  };
}
export type PrepareRun = ReturnType<typeof createPrepareRun>;
