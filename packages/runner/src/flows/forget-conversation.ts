/** Takes away what the agent's runtime keeps of a forgotten conversation: its sessions, and the passes to them. */
import type { Log } from "@thor/kit/flow/log";
import type { Ledger, PromiseItem, SendResult } from "@thor/ledger/port";

import type { Turn } from "./turn.ts";
import type { Turns } from "./turns.ts";

const AGAIN_MS = 2000;
/** OpenCode may be away for a while. */
const MAX_ATTEMPTS = 200;

export interface ForgetConversationDeps extends Pick<Ledger, "sessionsOf" | "resetSession" | "liveWork"> {
  log: Log;
  now: () => number;
  turns: Turns<Turn>;
  deleteSession: (id: string) => Promise<{ kind: string }>;
  removePass: (sessionId: string) => Promise<void>;
}

const GONE: ReadonlySet<string> = new Set(["ok", "missing"]);

export const createForgetConversation =
  (deps: ForgetConversationDeps) =>
  async (item: PromiseItem, by: string): Promise<SendResult> => {
    const { anchorId, attempts } = item;
    if (anchorId === undefined) return { kind: "failed", error: "nothing to forget" };
    const again = (error: string): SendResult =>
      attempts < MAX_ATTEMPTS ? { kind: "retry", notBefore: deps.now() + AGAIN_MS, error } : { kind: "failed", error };
    // A session that is deleted while it works goes on working: its run ends first.
    deps.turns.ofAnchor(anchorId)?.feed({ kind: "stop" });
    if ((await deps.liveWork({ anchorId })).triggerId !== undefined) return again("a run is still open");
    for (const { id, kind, status } of await deps.sessionsOf({ anchorId })) {
      if (!GONE.has((await deps.deleteSession(id)).kind)) return again("OpenCode did not delete a session");
      await deps.removePass(id);
      if (kind === "main" && status === "active")
        await deps.resetSession({ anchorId, sessionId: id, by, reason: "forgotten" });
    }
    deps.log.info({ event: "conversation_forgotten", anchorId }, "a conversation's sessions are gone");
    return { kind: "sent" };
  };
export type ForgetConversation = ReturnType<typeof createForgetConversation>;
