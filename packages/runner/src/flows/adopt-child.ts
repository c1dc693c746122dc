/** A sub-agent's session belongs to the conversation of its parent, before its first command. */
import type { Log } from "@thor/kit/flow/log";
import type { Ledger } from "@thor/ledger/port";

import type { Turn } from "./drive-turn.ts";

export interface AdoptChildDeps extends Pick<Ledger, "registerSession"> {
  log: Log;
  writePass: (pass: { sessionId: string; anchorId: string; cwd: string }) => Promise<void>;
}

export const createAdoptChild =
  (deps: AdoptChildDeps) =>
  async (turn: Turn, child: { id: string; parentId: string; directory: string }): Promise<void> => {
    turn.sessions.add(child.id);
    const { anchorId } = turn;
    const registered = await deps.registerSession({ id: child.id, anchorId, kind: "sub", parentId: child.parentId });
    if (registered.kind === "registered" || registered.kind === "exists") {
      await deps.writePass({ sessionId: child.id, anchorId, cwd: child.directory });
      return;
    }
    deps.log.error(
      { event: "child_session_discovery_failed", sessionId: child.id, outcome: registered.kind },
      "sub-agent not registered",
    );
  };
export type AdoptChild = ReturnType<typeof createAdoptChild>;
