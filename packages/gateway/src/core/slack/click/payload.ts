/** What Slack posts when somebody presses something: who, where, and which button. */
import { z } from "zod";

import { channelId, orAbsent, timestamp, userId } from "../shapes.ts";

const Typed = z.object({ type: z.string(), team: orAbsent(z.object({ id: z.string() })) });
const value = orAbsent(z.string().max(2000));
const BlockActions = z.object({
  type: z.literal("block_actions"),
  trigger_id: orAbsent(z.string().max(512)),
  user: z.object({ id: userId }),
  channel: z.object({ id: channelId }),
  message: z.object({ ts: timestamp, thread_ts: orAbsent(timestamp) }),
  actions: z
    .array(
      z.object({
        action_id: z.string().max(255),
        value,
        selected_option: orAbsent(z.object({ value: z.string().max(2000) })),
        action_ts: timestamp,
      }),
    )
    .min(1)
    .max(10),
});

const Submission = z.object({
  type: z.literal("view_submission"),
  user: z.object({ id: userId }),
  view: z.object({
    id: z.string().max(64),
    callback_id: z.string().max(255),
    private_metadata: z.string().max(3000),
    state: z.object({
      values: z.record(z.string(), z.record(z.string(), z.object({ value: orAbsent(z.string().max(3000)) }))),
    }),
  }),
});

/** A form that was handed in; each block holds one field and is named for it. */
export interface FilledForm {
  team: string;
  user: string;
  viewId: string;
  callbackId: string;
  metadata: string;
  fields: Readonly<Record<string, string>>;
}

export interface Press {
  team: string;
  user: string;
  channel: string;
  messageTs: string;
  threadTs: string;
  actionId: string;
  value: string;
  actionTs: string;
  /** Good for opening one form, for three seconds. */
  opener?: string | undefined;
}

export type Interaction =
  | { kind: "press"; press: Press }
  | { kind: "form"; form: FilledForm }
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

function readForm(json: unknown, team: string | undefined): FilledForm | undefined {
  const { data } = Submission.safeParse(json);
  if (data === undefined || team === undefined) return undefined;
  const { id, callback_id: callbackId, private_metadata: metadata, state } = data.view;
  const fields = Object.entries(state.values).map(([name, inputs]) => [name, Object.values(inputs)[0]?.value ?? ""]);
  return { team, user: data.user.id, viewId: id, callbackId, metadata, fields: Object.fromEntries(fields) };
}

function readPress(json: unknown, team: string | undefined): Press | undefined {
  const { data } = BlockActions.safeParse(json);
  const action = data?.actions[0];
  if (data === undefined || action === undefined || team === undefined) return undefined;
  return {
    team,
    user: data.user.id,
    channel: data.channel.id,
    messageTs: data.message.ts,
    threadTs: data.message.thread_ts ?? data.message.ts,
    actionId: action.action_id,
    value: action.selected_option?.value ?? action.value ?? "",
    actionTs: action.action_ts,
    opener: data.trigger_id ?? undefined,
  };
}

/** Reads an interaction, whichever way it came. */
export function readInteraction(json: unknown): Interaction {
  const typed = Typed.safeParse(json);
  if (!typed.success) return { kind: "unreadable" };
  const team = typed.data.team?.id;
  const form = readForm(json, team);
  if (form !== undefined) return { kind: "form", form };
  const press = readPress(json, team);
  if (press !== undefined) return { kind: "press", press };
  return { kind: "other", team, interactionType: typed.data.type === "block_actions" ? "unknown" : typed.data.type };
}
