/** Asks OpenCode what it has stored of a turn; a failed look is unknown, never idle. */
import type { OpenRequest } from "../core/asking/request.ts";
import type { SessionStatus, StoredMessage } from "../core/opencode/project.ts";
import type { TurnSnapshot } from "../core/turn/verdict.ts";

type Called<T> =
  | { kind: "ok"; body: T }
  | { kind: "missing" }
  | { kind: "refused"; status: number; detail: string }
  | { kind: "failed"; error: string };

export interface TakeSnapshotDeps {
  isConnected: () => boolean;
  status: (directory: string) => Promise<Called<Readonly<Record<string, SessionStatus>>>>;
  /** Every question and request for permission that stands open in a directory. */
  openRequests: (directory: string) => Promise<Called<OpenRequest[]>>;
  messagesFrom: (sessionId: string, promptMessageId: string) => Promise<Called<StoredMessage[]>>;
}

export type Snapshot =
  | {
      kind: "snapshot";
      snapshot: TurnSnapshot;
      busySessions: ReadonlySet<string>;
      /** What the turn's sessions ask people; those of an ended turn stay listed and do not count. */
      requests: readonly OpenRequest[];
    }
  | { kind: "session_missing" }
  | { kind: "failed" };

export const createTakeSnapshot =
  (deps: TakeSnapshotDeps) =>
  async (turn: {
    sessionId: string;
    directory: string;
    promptMessageId: string;
    sessions: ReadonlySet<string>;
  }): Promise<Snapshot> => {
    if (!deps.isConnected()) return { kind: "failed" };
    // Messages after status: a turn that ends in between is seen as busy once more, never as ended too early.
    const statuses = await deps.status(turn.directory);
    if (statuses.kind !== "ok") return { kind: "failed" };
    const messages = await deps.messagesFrom(turn.sessionId, turn.promptMessageId);
    if (messages.kind === "missing") return { kind: "session_missing" };
    if (messages.kind !== "ok") return { kind: "failed" };
    const busy = Object.entries(statuses.body).filter(([, { type }]) => type !== "idle");
    const status = statuses.body[turn.sessionId] ?? { type: "idle" as const };
    const open = status.type === "busy" ? await deps.openRequests(turn.directory) : { kind: "ok" as const, body: [] };
    if (open.kind !== "ok") return { kind: "failed" };
    return {
      kind: "snapshot",
      snapshot: { status, messages: messages.body },
      busySessions: new Set(busy.map(([id]) => id)),
      requests: open.body.filter(({ sessionID }) => turn.sessions.has(sessionID)),
    };
  };
export type TakeSnapshot = ReturnType<typeof createTakeSnapshot>;
