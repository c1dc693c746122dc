/** The session of a conversation: the one it has, unless that is proven gone; then a new one that replaces it. */
import type { Log } from "@thor/kit/flow/log";
import type { Ledger } from "@thor/ledger/port";

const ASK_AGAIN_MS = 2000;

type Called<T> =
  | { kind: "ok"; body: T }
  | { kind: "missing" }
  | { kind: "refused"; status: number; detail: string }
  | { kind: "failed"; error: string };
interface SessionInfo {
  id: string;
  directory: string;
}

export interface OpenSessionDeps extends Pick<Ledger, "currentSession" | "registerSession" | "appendAudit"> {
  log: Log;
  pause: (ms: number) => Promise<void>;
  getSession: (id: string) => Promise<Called<SessionInfo>>;
  createSession: (session: { title: string; directory: string; anchorId: string }) => Promise<Called<SessionInfo>>;
}

export type OpenedSession =
  | { kind: "session"; sessionId: string; resumed: boolean; replaced?: string | undefined }
  | { kind: "failed"; error: string };

interface Wanted {
  anchorId: string;
  directory: string;
  /** Whether a session could not be made to stop, so that nothing can run in it again. */
  isLost: (sessionId: string) => boolean;
  /** Why a lost one is replaced. */
  why?: string | undefined;
}

type Candidate =
  | { kind: "keep"; id: string }
  | { kind: "replace"; id: string; why: string }
  | { kind: "none" }
  | { kind: "failed"; error: string };

const errorOf = (called: Exclude<Called<never>, { kind: "ok" }>) =>
  called.kind === "failed"
    ? called.error
    : called.kind === "refused"
      ? `OpenCode answered ${called.status}`
      : "not found";

const auditReplacement = (deps: OpenSessionDeps, session: { anchorId: string; sessionId: string; why: string }) =>
  deps.appendAudit({
    service: "runner",
    event: "session.replaced",
    actorKind: "service",
    actor: "runner",
    anchorId: session.anchorId,
    sessionId: session.sessionId,
    target: session.sessionId,
    decision: "allow",
    reason: session.why,
  });

export function createOpenSession(deps: OpenSessionDeps) {
  /** Gone means gone twice: one 404 may be a server that is still reading its store. */
  const candidate = async ({
    anchorId,
    directory,
    isLost,
    why = "session_unresponsive",
  }: Wanted): Promise<Candidate> => {
    const current = await deps.currentSession({ anchorId });
    if (current === undefined) return { kind: "none" };
    const { id } = current;
    if (isLost(id)) return { kind: "replace", id, why };
    let found = await deps.getSession(id);
    if (found.kind === "missing") {
      await deps.pause(ASK_AGAIN_MS);
      found = await deps.getSession(id);
    }
    if (found.kind === "missing") return { kind: "replace", id, why: "session_lost" };
    if (found.kind !== "ok") return { kind: "failed", error: errorOf(found) };
    return found.body.directory === directory
      ? { kind: "keep", id }
      : { kind: "replace", id, why: "directory_mismatch" };
  };

  const create = async (
    anchorId: string,
    directory: string,
    old?: { id: string; why: string },
  ): Promise<OpenedSession> => {
    const made = await deps.createSession({ title: `Thor ${anchorId}`, directory, anchorId });
    if (made.kind !== "ok") return { kind: "failed", error: `no session: ${errorOf(made)}` };
    const { id } = made.body;
    const replaced = old === undefined ? {} : { replaces: old.id, why: old.why };
    const registered = await deps.registerSession({ id, anchorId, kind: "main", ...replaced });
    if (registered.kind !== "registered")
      return { kind: "failed", error: `session not registered: ${registered.kind}` };
    if (old !== undefined) await auditReplacement(deps, { anchorId, sessionId: id, why: old.why });
    deps.log.info(
      { event: old === undefined ? "session_created" : "session_replaced", anchorId, sessionId: id, why: old?.why },
      "session opened",
    );
    return { kind: "session", sessionId: id, resumed: false, replaced: old?.why };
  };

  return async (wanted: Wanted): Promise<OpenedSession> => {
    const { anchorId, directory } = wanted;
    const found = await candidate(wanted);
    switch (found.kind) {
      case "keep":
        return { kind: "session", sessionId: found.id, resumed: true };
      case "replace":
        return create(anchorId, directory, found);
      case "none":
        return create(anchorId, directory);
      case "failed":
        return found;
    }
  };
}
export type OpenSession = ReturnType<typeof createOpenSession>;
