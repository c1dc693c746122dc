/** A channel becomes another kind of channel, and the app is told as Slack tells it. */
import { z } from "zod";

import type { Channel } from "./entities.ts";
import { SlackError } from "./slack-error.ts";
import { channelType } from "./wire-form.ts";
import type { Workspace } from "./workspace.ts";

export const ConvertTo = z.enum(["public", "private", "shared"]);
type ConvertTo = z.infer<typeof ConvertTo>;

const PARTNER_TEAM = "T0PARTNER1";

/** Sharing has events of its own; the other changes are messages with a subtype. */
function announced(workspace: Workspace, { before, after }: { before: Channel; after: Channel }, user: string) {
  const ts = workspace.eventTs();
  const base = { channel: after.id, event_ts: ts };
  if (after.kind === "shared") return { type: "channel_shared", connected_team_id: PARTNER_TEAM, ...base };
  if (before.kind === "shared")
    return { type: "channel_unshared", previously_connected_team_id: PARTNER_TEAM, is_ext_shared: false, ...base };
  const to = after.kind === "private" ? "private" : "public";
  const text = `made this channel ${to}`;
  return {
    type: "message",
    subtype: `channel_convert_to_${to}`,
    user,
    text,
    ts,
    channel_type: channelType(after),
    ...base,
  };
}

export function convert(workspace: Workspace, before: Channel, { as, to }: { as: string; to: ConvertTo }): object {
  if (before.kind === "im") throw new SlackError("method_not_supported_for_channel_type");
  if (before.kind === to) throw new SlackError("already_of_that_kind");
  const after = workspace.channels.put(before.id, { ...before, kind: to });
  workspace.announce(announced(workspace, { before, after }, as), after.id);
  return { channel: after.id, kind: after.kind };
}
