/** The turns this process drives, found by conversation or by any session that belongs to them. */
export interface TurnHandle {
  triggerId: string;
  anchorId: string;
  sessionId: string;
  directory: string;
  /** Lead and children. */
  sessions: Set<string>;
  startedAt: number;
}

export function createTurns<Turn extends TurnHandle>() {
  const byAnchor = new Map<string, Turn>();
  return {
    add: (turn: Turn) => void byAnchor.set(turn.anchorId, turn),
    remove: (turn: Turn) => {
      if (byAnchor.get(turn.anchorId) === turn) byAnchor.delete(turn.anchorId);
    },
    ofAnchor: (anchorId: string) => byAnchor.get(anchorId),
    ofSession: (sessionId: string) => [...byAnchor.values()].find(({ sessions }) => sessions.has(sessionId)),
    all: () => [...byAnchor.values()],
  };
}
export type Turns<Turn extends TurnHandle> = ReturnType<typeof createTurns<Turn>>;
