/** Hands each event to the turn it belongs to; a new child joins its parent's turn first. */
import { sessionOf, type OpencodeEvent } from "../core/opencode/project.ts";
import { isThors } from "../core/prompt-ids.ts";
import type { AdoptChild } from "./adopt-child.ts";
import type { Typed } from "./observe-session.ts";
import type { Turn } from "./turn.ts";
import type { Turns } from "./turns.ts";

export interface RouteEventsDeps {
  turns: Turns<Turn>;
  adopt: AdoptChild;
  /** A prompt that neither Thor nor a turn of Thor's has sent. */
  observe: (typed: Typed) => void;
}

function onForeign(event: OpencodeEvent, observe: RouteEventsDeps["observe"]): void {
  if (event.type !== "message.updated" || event.info.role !== "user" || isThors(event.info.id)) return;
  const { id: messageId, sessionID: sessionId, time } = event.info;
  observe({ sessionId, messageId, createdAt: time.created });
}

export const createRouteEvents =
  ({ turns, adopt, observe }: RouteEventsDeps) =>
  (event: OpencodeEvent): void => {
    if (event.type === "session.created" && event.info.parentID !== undefined) {
      const { id, parentID: parentId, directory } = event.info;
      const parent = turns.ofSession(parentId);
      if (parent !== undefined) void adopt(parent, { id, parentId, directory });
    }
    const sessionId = sessionOf(event);
    const turn = sessionId === undefined ? undefined : turns.ofSession(sessionId);
    if (turn === undefined) return onForeign(event, observe);
    turn.feed({ kind: "event", event, isLead: sessionId === turn.sessionId });
  };
