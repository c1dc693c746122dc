/** May this channel wake Thor? Public channels may; any other only when the operator lists it in a profile. */
export type ChannelClass = "open" | "gated";

export type Gate = { kind: "open" } | { kind: "admitted" } | { kind: "refused" } | { kind: "pending" };

export interface GateFacts {
  /** What Slack put on the message; absent on mentions. */
  channelType?: string | null | undefined;
  /** What an earlier look-up said, if it is still good. */
  known?: ChannelClass | undefined;
  /** Whether a profile of the current thor.json lists the channel. */
  isListed: boolean;
}

/** Decides as far as the facts go; `pending` asks for a look-up, after the acknowledgement. */
export function judgeChannel({ channelType, known, isListed }: GateFacts): Gate {
  const isGatedSurface = typeof channelType === "string" && channelType !== "channel";
  if (isGatedSurface || known === "gated") return isListed ? { kind: "admitted" } : { kind: "refused" };
  return known === "open" ? { kind: "open" } : { kind: "pending" };
}
