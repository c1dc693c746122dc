/** The lane of a conversation's events; a key without a conversation has one of its own. */
export const laneIdOf = (anchorId: string | undefined, correlationKey: string) =>
  anchorId === undefined ? `key:${correlationKey}` : `anchor:${anchorId}`;
