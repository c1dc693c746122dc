/** Stored things as Slack writes them on the wire. */
import type { Channel, File, Message, Person, SlackApp } from "./entities.ts";
import { type View, viewHash } from "./views.ts";
import type { Workspace } from "./workspace.ts";

export const channelType = ({ kind }: Channel) =>
  ({ public: "channel", shared: "channel", private: "group", im: "im" })[kind];

export function channelForm({ id, name, kind, topic, isArchived, members }: Channel, app: SlackApp) {
  if (kind === "im") return { id, is_im: true, is_archived: false, user: members[0], is_org_shared: false };
  return {
    id,
    name,
    name_normalized: name,
    is_channel: kind !== "private",
    is_group: kind === "private",
    is_im: false,
    is_mpim: false,
    is_private: kind === "private",
    is_archived: isArchived,
    is_general: name === "general",
    is_shared: kind === "shared",
    is_ext_shared: kind === "shared",
    is_org_shared: false,
    is_pending_ext_shared: false,
    is_member: members.includes(app.botUserId),
    context_team_id: app.teamId,
    topic: { value: topic, creator: "", last_set: 0 },
    purpose: { value: "", creator: "", last_set: 0 },
    num_members: members.length,
  };
}

export function personForm(person: Person, hasEmail: boolean) {
  return {
    id: person.id,
    team_id: person.teamId,
    name: person.name,
    real_name: person.realName,
    deleted: false,
    color: person.colour.slice(1),
    tz: "Etc/UTC",
    is_admin: false,
    is_owner: false,
    is_restricted: person.isGuest,
    is_ultra_restricted: false,
    is_bot: person.isBot,
    is_app_user: false,
    is_stranger: person.teamId !== "T0ACME0001",
    profile: {
      real_name: person.realName,
      display_name: person.name,
      team: person.teamId,
      ...(hasEmail && person.email !== undefined ? { email: person.email } : {}),
    },
  };
}

export function fileForm({ id, name, title, mimetype, size, user }: File, app: SlackApp) {
  return {
    id,
    name,
    title,
    mimetype,
    filetype: name.split(".").at(-1) ?? "text",
    size,
    user,
    mode: "hosted",
    file_access: "visible",
    permalink: `${app.webUrl()}/files/${user}/${id}/${encodeURIComponent(name)}`,
    url_private: `${app.webUrl()}/files-pri/${app.teamId}-${id}/${encodeURIComponent(name)}`,
    url_private_download: `${app.webUrl()}/files-pri/${app.teamId}-${id}/download/${encodeURIComponent(name)}`,
  };
}

/** What a thread's root says about its replies. */
function threadSummary(workspace: Workspace, { channel, ts, threadTs }: Message) {
  const replies = threadTs === undefined || threadTs === ts ? workspace.thread(channel, ts).slice(1) : [];
  if (replies.length === 0) return {};
  const users = [...new Set(replies.map(({ user }) => user))];
  return { thread_ts: ts, reply_count: replies.length, reply_users: users, latest_reply: replies.at(-1)?.ts };
}

const reactionForms = (reactions: Message["reactions"]) =>
  reactions.map(({ name, users }) => ({ name, users, count: users.length }));

/** Whose workspace the author is of; Slack says it twice more when it is not this one. */
function teamsOf({ people, app }: Workspace, user: string) {
  const team = people.get(user)?.teamId ?? app.teamId;
  return team === app.teamId ? { team } : { team, user_team: team, source_team: team };
}

/** A message as its readers get it; metadata only for who asks for it. */
export function messageForm(workspace: Workspace, message: Message, { hasMetadata }: { hasMetadata: boolean }) {
  const { app } = workspace;
  const { ts, threadTs, user, text, blocks, edited, reactions, metadata } = message;
  const files = message.files.flatMap((id) => workspace.files.get(id) ?? []);
  return {
    type: "message",
    user,
    ...(message.byBot ? { bot_id: app.botId, app_id: app.appId } : {}),
    text,
    ts,
    ...teamsOf(workspace, user),
    ...(blocks.length > 0 ? { blocks } : {}),
    ...(threadTs === undefined ? {} : { thread_ts: threadTs }),
    ...(message.isBroadcast ? { subtype: "thread_broadcast" } : {}),
    ...(files.length > 0 ? { files: files.map((file) => fileForm(file, app)) } : {}),
    ...(message.attachments.length > 0 ? { attachments: message.attachments } : {}),
    ...(edited === undefined ? {} : { edited }),
    ...(reactions.length > 0 ? { reactions: reactionForms(reactions) } : {}),
    ...threadSummary(workspace, message),
    ...(hasMetadata && metadata !== undefined ? { metadata } : {}),
  };
}

/** A modal as the app gets it, with what the person filled in so far. */
export function viewForm({ app }: Workspace, view: View, values: Record<string, unknown>) {
  const { id, draft, rootId, previousId } = view;
  return {
    id,
    team_id: app.teamId,
    app_id: app.appId,
    app_installed_team_id: app.teamId,
    bot_id: app.botId,
    ...draft,
    submit: draft.submit ?? null,
    close: draft.close ?? null,
    callback_id: draft.callback_id ?? "",
    private_metadata: draft.private_metadata ?? "",
    external_id: draft.external_id ?? "",
    clear_on_close: draft.clear_on_close ?? false,
    notify_on_close: draft.notify_on_close ?? false,
    state: { values },
    hash: viewHash(view),
    root_view_id: rootId,
    previous_view_id: previousId ?? null,
  };
}
