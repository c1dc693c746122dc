/** What can be asked about the workspace: the same rows that the page shows. */
import type { Message } from "./entities.ts";
import type { Workspace } from "./workspace.ts";

function seen(workspace: Workspace, message: Message) {
  const { ts, threadTs, user, byBot, text, blocks, reactions, edited, metadata, files, attachments, onlyFor } = message;
  return {
    ts,
    threadTs,
    user,
    name: workspace.people.get(user)?.name ?? user,
    byBot,
    text,
    blocks,
    reactions,
    isEdited: edited !== undefined,
    metadata,
    files: files.map((id) => workspace.files.get(id)?.name ?? id),
    attachments,
    isEphemeral: onlyFor !== undefined,
  };
}

/** A thread as one person sees it, oldest first; undefined when that person does not see the channel. */
export function threadState(workspace: Workspace, place: { channel: string; ts: string }, as: string | undefined) {
  const channel = workspace.channels.get(place.channel);
  if (channel === undefined) return undefined;
  if (as !== undefined && !channel.members.includes(as)) return undefined;
  const isHere = (message: Message) => (message.threadTs ?? message.ts) === place.ts;
  const hidden = as === undefined ? [] : workspace.ephemerals(place.channel, as).filter(isHere);
  const messages = [...workspace.thread(place.channel, place.ts), ...hidden].toSorted((a, b) =>
    a.ts.localeCompare(b.ts),
  );
  return {
    channel: place.channel,
    ts: place.ts,
    status: workspace.status(place.channel, place.ts),
    messages: messages.map((message) => seen(workspace, message)),
  };
}
