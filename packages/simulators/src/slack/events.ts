/** What the app is told about a happening: the inner events, before they are put in an envelope. */
import type { Message } from "./entities.ts";
import { channelType, fileForm, messageForm } from "./wire-form.ts";
import type { Happening, InnerEvent, Workspace } from "./workspace.ts";

function baseOf(workspace: Workspace, message: Message) {
  const channel = workspace.channels.get(message.channel);
  return {
    channel: message.channel,
    channel_type: channel === undefined ? "channel" : channelType(channel),
    event_ts: message.ts,
  };
}

function posted(workspace: Workspace, message: Message): InnerEvent[] {
  const { app } = workspace;
  if (message.onlyFor !== undefined) return [];
  const form = messageForm(workspace, message, { hasMetadata: false });
  const files = message.files.flatMap((id) => workspace.files.get(id) ?? []);
  const subtype = files.length > 0 ? { subtype: "file_share", files: files.map((file) => fileForm(file, app)) } : {};
  const plain: InnerEvent = { ...form, ...subtype, ...baseOf(workspace, message), type: "message" };
  const isMention = message.text.includes(`<@${app.botUserId}>`) && !message.byBot;
  if (!isMention || plain["channel_type"] === "im") return [plain];
  const { channel_type: _, ...base } = baseOf(workspace, message);
  return [{ ...form, ...base, type: "app_mention" }, plain];
}

function changed(workspace: Workspace, message: Message, previous: Message): InnerEvent {
  return {
    type: "message",
    subtype: "message_changed",
    ...baseOf(workspace, message),
    hidden: true,
    ts: message.edited?.ts ?? message.ts,
    event_ts: message.edited?.ts ?? message.ts,
    message: messageForm(workspace, message, { hasMetadata: false }),
    previous_message: messageForm(workspace, previous, { hasMetadata: false }),
  };
}

/** The events of one happening; a mention gives two copies of the same message. */
export function eventsOf(workspace: Workspace, happening: Happening): InnerEvent[] {
  switch (happening.kind) {
    case "posted":
      return posted(workspace, happening.message);
    case "changed":
      return [changed(workspace, happening.message, happening.previous)];
    case "deleted": {
      const { previous, at } = happening;
      const previousForm = messageForm(workspace, previous, { hasMetadata: false });
      const base = { ...baseOf(workspace, previous), event_ts: at, ts: at };
      return [
        {
          type: "message",
          subtype: "message_deleted",
          ...base,
          hidden: true,
          deleted_ts: previous.ts,
          previous_message: previousForm,
        },
      ];
    }
    case "announced":
      return [happening.event];
    case "reacted": {
      const { message, user, name, isAdded, at } = happening;
      const item = { type: "message", channel: message.channel, ts: message.ts };
      const type = isAdded ? "reaction_added" : "reaction_removed";
      return [{ type, user, reaction: name, item, item_user: message.user, event_ts: at }];
    }
  }
}
