/** Hands each event to the turn it belongs to; a new child joins its parent's turn first. */
import { sessionOf, type OpencodeEvent } from "../core/opencode/project.ts";
import type { AdoptChild } from "./adopt-child.ts";
import type { Turn } from "./turn.ts";
import type { Turns } from "./turns.ts";

export interface RouteEventsDeps {
  turns: Turns<Turn>;
  adopt: AdoptChild;
}

export const createRouteEvents =
  ({ turns, adopt }: RouteEventsDeps) =>
  (event: OpencodeEvent): void => {
    if (event.type === "session.created" && event.info.parentID !== undefined) {
      const { id, parentID: parentId, directory } = event.info;
      const parent = turns.ofSession(parentId);
      if (parent !== undefined) void adopt(parent, { id, parentId, directory });
    }
    const sessionId = sessionOf(event);
    const turn = sessionId === undefined ? undefined : turns.ofSession(sessionId);
    if (turn === undefined) return;
    turn.feed({ kind: "event", event, isLead: sessionId === turn.sessionId });
  };
