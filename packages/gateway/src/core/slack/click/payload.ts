/** What Slack posts when somebody presses something: who, where, and which button. */
import { z } from "zod";

import { channelId, orAbsent, timestamp, userId } from "../shapes.ts";

const Typed = z.object({ type: z.string(), team: orAbsent(z.object({ id: z.string() })) });
const BlockActions = z.object({
  type: z.literal("block_actions"),
  user: z.object({ id: userId }),
  channel: z.object({ id: channelId }),
  message: z.object({ ts: timestamp, thread_ts: orAbsent(timestamp) }),
  actions: z
    .array(z.object({ action_id: z.string().max(255), value: orAbsent(z.string().max(2000)), action_ts: timestamp }))
    .min(1)
    .max(10),
});

export interface Press {
  team: string;
  user: string;
  channel: string;
  messageTs: string;
  threadTs: string;
  actionId: string;
  value: string;
  actionTs: string;
}

export type Interaction =
  | { kind: "press"; press: Press }
  /** Well formed, but nothing that Thor asked for. */
  | { kind: "other"; team?: string | undefined; interactionType: string }
  | { kind: "unreadable" };

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Reads the JSON text of an interaction; of several actions in one message the first is the one pressed. */
export const parseInteraction = (payload: string): Interaction => readInteraction(readJson(payload));

/** Reads an interaction, whichever way it came. */
export function readInteraction(json: unknown): Interaction {
  const typed = Typed.safeParse(json);
  if (!typed.success) return { kind: "unreadable" };
  const team = typed.data.team?.id;
  const pressed = BlockActions.safeParse(json);
  const action = pressed.data?.actions[0];
  if (pressed.data === undefined || action === undefined || team === undefined)
    return { kind: "other", team, interactionType: typed.data.type === "block_actions" ? "unknown" : typed.data.type };
  const { user, channel, message } = pressed.data;
  return {
    kind: "press",
    press: {
      team,
      user: user.id,
      channel: channel.id,
      messageTs: message.ts,
      threadTs: message.thread_ts ?? message.ts,
      actionId: action.action_id,
      value: action.value ?? "",
      actionTs: action.action_ts,
    },
  };
}
