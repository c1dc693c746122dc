/** Who wrote a message, and is it anything: the checks that need no look-up. Rows 5-11 of the admission. */
import type { Delivery } from "./envelope.ts";
import type { SlackMessage } from "./shapes.ts";

export interface Identity {
  teamId: string;
  botUserId: string;
  botId: string;
  appId?: string | undefined;
  enterpriseId?: string | undefined;
}

/** What Slack says about who Thor is. */
export type IdentityAnswer =
  | { kind: "ok"; me: Identity }
  | { kind: "transient"; error: string }
  | { kind: "permanent"; error: string };

export type ScreenRefusal = "team_mismatch" | "self" | "bot_sender" | "event_unsupported" | "empty_text";

const SPOKEN_SUBTYPES = new Set(["file_share", "thread_broadcast"]);

function isOurs({ user, bot_id, app_id }: SlackMessage, me: Identity): boolean {
  return user === me.botUserId || bot_id === me.botId || (me.appId !== undefined && app_id === me.appId);
}

function isBot({ user, bot_id, bot_profile, subtype }: SlackMessage): boolean {
  const hasProfile = bot_profile !== undefined && bot_profile !== null;
  return bot_id !== undefined || hasProfile || subtype === "bot_message" || user === "USLACKBOT";
}

const isEmpty = ({ text, files, attachments }: SlackMessage) =>
  (text ?? "").trim() === "" && (files ?? []).length === 0 && (attachments ?? []).length === 0;

/** Whether a delivery came from the connected workspace, or from the organisation that it belongs to. */
export function isOurTeam({ teamIds }: Pick<Delivery, "teamIds">, { teamId, enterpriseId }: Identity): boolean {
  return teamIds.some((id) => id === teamId || id === enterpriseId);
}

/** The first reason not to listen to a message, or undefined. */
export function screen(delivery: Delivery, message: SlackMessage, me: Identity): ScreenRefusal | undefined {
  if (!isOurTeam(delivery, me)) return "team_mismatch";
  if (isOurs(message, me)) return "self";
  if (isBot(message)) return "bot_sender";
  if (message.subtype !== undefined && !SPOKEN_SUBTYPES.has(message.subtype)) return "event_unsupported";
  return isEmpty(message) ? "empty_text" : undefined;
}
