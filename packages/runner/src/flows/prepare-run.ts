/** Before a run can open: its directory, a reachable OpenCode, its session, and nothing else running in it. */
import type { Ledger } from "@thor/ledger/port";

import type { Turn } from "./drive-turn.ts";
import type { OpenSession } from "./open-session.ts";
import type { Turns } from "./turns.ts";

const REACH_POLL_MS = 500;
const OPEN: ReadonlySet<string> = new Set(["starting", "running", "parked"]);

export interface PrepareRunDeps extends Pick<Ledger, "triggersOf" | "readLease" | "anchorById"> {
  now: () => number;
  pause: (ms: number) => Promise<void>;
  connectTimeoutMs: number;
  isConnected: () => boolean;
  isBusy: (session: { sessionId: string; directory: string }) => Promise<boolean>;
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
  previous?: "interrupted" | "failed" | undefined;
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

/** Stops what runs in the conversation; the driven turn is frozen first, so that it does not judge its own abort. */
function createStop(deps: PrepareRunDeps) {
  return async ({
    anchorId,
    sessionId,
    directory,
  }: Place): Promise<{ kind: "clear"; ended?: Turn | undefined } | { kind: "not_ended" }> => {
    const running = deps.turns.ofAnchor(anchorId);
    running?.freeze();
    const [last] = await deps.triggersOf({ anchorId, limit: 1 });
    const promptMessageId = last?.promptMessageId ?? "";
    const target = running ?? { sessionId, directory, sessions: new Set([sessionId]) };
    if ((await deps.abortTurn({ ...target, promptMessageId })) === "ended") return { kind: "clear", ended: running };
    running?.thaw();
    return { kind: "not_ended" };
  };
}

export function createPrepareRun(deps: PrepareRunDeps) {
  const stop = createStop(deps);

  const isRunning = async ({ anchorId, sessionId, directory }: Place): Promise<boolean> => {
    if (deps.turns.ofAnchor(anchorId) !== undefined) return true;
    const lease = await deps.readLease({ name: `run:${anchorId}` });
    if (lease?.holder !== undefined && lease.expiresAt > deps.now()) return true;
    // A run whose driver died is about to be taken up again: to open another now would end it without a word.
    const [last] = await deps.triggersOf({ anchorId, limit: 1 });
    if (last !== undefined && OPEN.has(last.status)) return true;
    return deps.isBusy({ sessionId, directory });
  };

  const isReachable = async (): Promise<boolean> => {
    const until = deps.now() + deps.connectTimeoutMs;
    while (!deps.isConnected() && deps.now() < until) await deps.pause(REACH_POLL_MS);
    return deps.isConnected();
  };

  const previousOf = async (anchorId: string): Promise<Ready["previous"]> => {
    const [last] = await deps.triggersOf({ anchorId, limit: 1 });
    if (last === undefined || last.status === "completed") return undefined;
    return OPEN.has(last.status) || last.reason === "user_interrupt" ? "interrupted" : "failed";
  };

  return async (request: { anchorId: string; directory: string; interrupt: boolean }): Promise<Prepared> => {
    const { anchorId, interrupt } = request;
    const anchor = await deps.anchorById({ anchorId });
    const directory = anchor?.directory ?? request.directory;
    if (!(await deps.isAllowedDirectory(directory))) return { kind: "directory_refused", directory };
    if (!(await isReachable())) return { kind: "unreachable", error: "OpenCode cannot be reached" };
    const session = await deps.openSession(anchorId, directory);
    if (session.kind === "failed") return { kind: "unreachable", error: session.error };
    const { sessionId, resumed } = session;
    const place: Place = { anchorId, sessionId, directory };
    const previous = await previousOf(anchorId);
    const ready: Ready = { kind: "ready", sessionId, resumed, directory, previous };
    if (!(await isRunning(place))) return ready;
    if (!interrupt) return { kind: "busy" };
    const stopped = await stop(place);
    return stopped.kind === "clear" ? { ...ready, ended: stopped.ended } : { kind: "not_ended", sessionId };
  };
}
