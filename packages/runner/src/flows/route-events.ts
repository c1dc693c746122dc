/** Hands each event to the turn it belongs to; a new child joins its parent's turn first. */
import { sessionOf, type OpencodeEvent } from "../core/opencode/project.ts";
import type { AdoptChild } from "./adopt-child.ts";
import type { Turn } from "./drive-turn.ts";
import type { Turns } from "./turns.ts";

export interface RouteEventsDeps {
  turns: Turns<Turn>;
  adopt: AdoptChild;
  rejectPermission: (id: string, directory: string, message: string) => Promise<unknown>;
}

const NOBODY = "Nobody can be asked here. Choose the safe option, or end your turn with the question in your reply.";

export const createRouteEvents =
  ({ turns, adopt, rejectPermission }: RouteEventsDeps) =>
  (event: OpencodeEvent): void => {
    if (event.type === "session.created" && event.info.parentID !== undefined) {
      const { id, parentID: parentId, directory } = event.info;
      const parent = turns.ofSession(parentId);
      if (parent !== undefined) void adopt(parent, { id, parentId, directory });
    }
    const sessionId = sessionOf(event);
    const turn = sessionId === undefined ? undefined : turns.ofSession(sessionId);
    if (turn === undefined) return;
    // A request that nobody answers would hold the turn for hours.
    if (event.type === "permission.asked") void rejectPermission(event.id, turn.directory, NOBODY);
    turn.feed({ kind: "event", event, isLead: sessionId === turn.sessionId });
  };
