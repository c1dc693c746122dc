/** What a person writes, with files from their disk or a message from elsewhere. */
import type { Act } from "./act-schema.ts";
import { composed } from "./composed.ts";
import type { Upload } from "./files.ts";
import { SlackError } from "./slack-error.ts";
import type { Workspace } from "./workspace.ts";

/** Stores files as shared by that person; gives their ids. */
function attach(workspace: Workspace, user: string, uploads: readonly Upload[]): string[] {
  return uploads.map(({ name, content, mimetype }) => {
    const bytes = Buffer.from(content);
    const id = workspace.fileId();
    const file = { id, name, title: name, mimetype, size: bytes.length, user, isShared: true };
    workspace.files.put(id, { ...file, content: bytes.toString("base64") });
    return id;
  });
}

/** The attachment that Slack makes of a forwarded message; who forwards must see it. */
function forwarded(workspace: Workspace, as: string, from: { channel: string; ts: string }) {
  const message = workspace.message(from.channel, from.ts);
  const isMember = workspace.channels.get(from.channel)?.members.includes(as) ?? false;
  if (message === undefined || !isMember) throw new SlackError("message_not_found");
  const { app, people } = workspace;
  const author = people.get(message.user);
  const from_url = `${app.webUrl()}/archives/${from.channel}/p${from.ts.replace(".", "")}`;
  return {
    id: 1,
    is_share: true,
    is_msg_unfurl: true,
    ts: message.ts,
    author_id: message.user,
    author_name: author?.realName ?? message.user,
    channel_id: message.channel,
    channel_team: app.teamId,
    text: message.text,
    fallback: message.text,
    from_url,
    original_url: from_url,
    mrkdwn_in: ["text"],
    footer: "Forwarded message",
    message_blocks: [
      { team: app.teamId, channel: message.channel, ts: message.ts, message: { blocks: message.blocks } },
    ],
  };
}

/** The thread that an answer goes to; undefined is the channel itself. */
function threadOf(workspace: Workspace, { channel, threadTs }: { channel: string; threadTs?: string | undefined }) {
  if (threadTs === undefined) return undefined;
  const parent = workspace.message(channel, threadTs);
  if (parent === undefined) throw new SlackError("thread_not_found");
  return parent.threadTs ?? parent.ts;
}

export function write(workspace: Workspace, act: Act<"say" | "reply">) {
  const { channel, as, attachments } = act;
  const threadTs = threadOf(workspace, act.do === "reply" ? act : { channel });
  const files = attach(workspace, as, act.files);
  if (act.text === "" && files.length === 0 && attachments.length === 0) throw new SlackError("no_text");
  const isBroadcast = act.do === "reply" && act.alsoInChannel;
  const text = composed(workspace, act.text);
  const { ts } = workspace.post({ channel, user: as, byBot: false, text, threadTs, files, attachments, isBroadcast });
  return { channel, ts };
}

export function forward(workspace: Workspace, act: Act<"forward">) {
  const { channel, as, from } = act;
  const threadTs = threadOf(workspace, act);
  const attachments = [forwarded(workspace, as, from)];
  const text = composed(workspace, act.text);
  const { ts } = workspace.post({ channel, user: as, byBot: false, text, threadTs, attachments });
  return { channel, ts };
}
