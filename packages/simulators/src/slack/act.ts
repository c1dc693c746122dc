/** What a person can do in Slack, for the page and for tests alike. */
import { z } from "zod";

import type { Message } from "./entities.ts";
import { SlackError } from "./slack-error.ts";
import type { Workspace } from "./workspace.ts";

const as = z.string();
const channel = z.string();
const stamp = z.string();
const text = z.string().min(1).max(40_000);

export const SlackAct = z.discriminatedUnion("do", [
  z.strictObject({ sim: z.literal("slack"), do: z.literal("say"), as, channel, text }),
  z.strictObject({ sim: z.literal("slack"), do: z.literal("reply"), as, channel, threadTs: stamp, text }),
  z.strictObject({ sim: z.literal("slack"), do: z.literal("edit"), as, channel, ts: stamp, text }),
  z.strictObject({ sim: z.literal("slack"), do: z.literal("delete"), as, channel, ts: stamp }),
  z.strictObject({ sim: z.literal("slack"), do: z.literal("react"), as, channel, ts: stamp, name: z.string() }),
]);
export type SlackAct = z.infer<typeof SlackAct>;

const UNESCAPED = /[&<>](?!@[UW][A-Z0-9]+>|amp;|lt;|gt;)/g;
const ENTITY: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

/** What Slack's composer makes of typed text: names become ids, the three special characters are escaped. */
function composed(workspace: Workspace, typed: string): string {
  const parts = typed.split(/(<@[UW][A-Z0-9]+>|@[a-z]+\b)/i);
  return parts
    .map((part) => {
      if (/^<@[UW][A-Z0-9]+>$/.test(part)) return part;
      const person = workspace.people.all().find(({ name }) => `@${name}` === part.toLowerCase());
      if (person !== undefined) return `<@${person.id}>`;
      return part.replace(UNESCAPED, (character) => ENTITY[character] ?? character);
    })
    .join("");
}

type Place = { channel: string; ts: string };

function write(workspace: Workspace, act: Extract<SlackAct, { do: "say" | "reply" }>): Place {
  const parent = act.do === "reply" ? workspace.message(act.channel, act.threadTs) : undefined;
  if (act.do === "reply" && parent === undefined) throw new SlackError("thread_not_found");
  const { ts } = workspace.post({
    channel: act.channel,
    user: act.as,
    byBot: false,
    text: composed(workspace, act.text),
    threadTs: parent?.threadTs ?? parent?.ts,
  });
  return { channel: act.channel, ts };
}

function mark(workspace: Workspace, message: Message, act: Extract<SlackAct, { do: "react" }>): void {
  const marks = message.reactions.find(({ name }) => name === act.name)?.users ?? [];
  workspace.react(message, act.as, { name: act.name, isAdded: !marks.includes(act.as) });
}

function change(workspace: Workspace, message: Message, act: Extract<SlackAct, { do: "edit" | "delete" }>): void {
  if (message.user !== act.as) throw new SlackError(`cant_${act.do === "edit" ? "update" : "delete"}_message`);
  if (act.do === "edit") workspace.edit(message, { text: composed(workspace, act.text), user: act.as });
  else workspace.remove(message);
}

/** Does it as that person; refused as Slack's own client would refuse it. A second equal reaction takes it back. */
export function perform(workspace: Workspace, act: SlackAct): Place {
  const place = workspace.channels.get(act.channel);
  if (workspace.people.get(act.as) === undefined) throw new SlackError("user_not_found");
  if (place === undefined || !place.members.includes(act.as)) throw new SlackError("not_in_channel");
  if (act.do === "say" || act.do === "reply") return write(workspace, act);
  const message = workspace.message(act.channel, act.ts);
  if (message === undefined) throw new SlackError("message_not_found");
  if (act.do === "react") mark(workspace, message, act);
  else change(workspace, message, act);
  return { channel: act.channel, ts: act.ts };
}
