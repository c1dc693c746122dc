/** A chat request read as a conversation: what was last asked, what was done since, and what came of it. */
import { z } from "zod";

const Part = z.looseObject({ type: z.string(), text: z.string().optional() });
const Content = z.union([z.string(), z.array(Part), z.null()]).optional();
const ToolCall = z.looseObject({
  id: z.string(),
  function: z.looseObject({ name: z.string(), arguments: z.string() }),
});

export const ChatRequest = z.looseObject({
  model: z.string(),
  stream: z.boolean().optional(),
  stream_options: z.looseObject({ include_usage: z.boolean().optional() }).nullish(),
  tools: z
    .array(z.looseObject({ type: z.literal("function"), function: z.looseObject({ name: z.string() }) }))
    .nullish(),
  messages: z
    .array(
      z.looseObject({
        role: z.enum(["system", "developer", "user", "assistant", "tool"]),
        content: Content,
        tool_calls: z.array(ToolCall).nullish(),
        tool_call_id: z.string().optional(),
      }),
    )
    .min(1),
});
export type ChatRequest = z.infer<typeof ChatRequest>;

/** One answer of the assistant with the results of its tool calls. */
export interface Step {
  text: string;
  results: string[];
  hasCalls: boolean;
}

export interface SlackEvent {
  channel: string;
  thread: string;
  text: string;
}

export interface Conversation {
  system: string;
  /** The newest message of a person or event; nudges of the machinery do not count. */
  user: string;
  earlier: string;
  isFollowUp: boolean;
  /** Finished steps since that message; a step whose tool was cut off by a crash is not finished. */
  steps: Step[];
  /** Where to answer: the newest Slack event of the whole conversation. */
  place: Pick<SlackEvent, "channel" | "thread"> | undefined;
  /** The newest words themselves: the event's text without the mention, or the whole message. */
  said: string;
  tools: ReadonlySet<string>;
}

const NUDGE = /^(Continue\b|\[[^\]]*restarted|The agent runtime restarted|You repeated )/;
const MAX_NUDGE_CHARS = 1500;
const INTERRUPTED = /Tool execution was interrupted|Tool execution aborted/;

function textOf(content: z.infer<typeof Content>): string {
  if (typeof content === "string") return content;
  return (content ?? []).map(({ text = "" }) => text).join("\n");
}

const isSystem = (role: string) => role === "system" || role === "developer";
const isNudge = (text: string) => text.length < MAX_NUDGE_CHARS && NUDGE.test(text.trim());

/** JSON as prompts carry it: on a line of its own, or indented, from a line `{` to the line `}`. */
const JSON_BLOCK = /^(?:[{[]\n[\s\S]*?\n[}\]]|[{[].*[}\]])$/gm;

const Event = z.looseObject({
  channel: z.string(),
  ts: z.string(),
  thread_ts: z.string().nullish(),
  text: z.string().nullish(),
});
const Events = z.union([Event.transform((event) => [event]), z.array(Event).min(1)]);

function parsedEvents(text: string): z.infer<typeof Event>[] {
  try {
    return Events.safeParse(JSON.parse(text)).data ?? [];
  } catch {
    return [];
  }
}

/** The newest Slack event written in a prompt, found as a reader would find it. */
export function newestEvent(prompt: string): SlackEvent | undefined {
  const events = (prompt.match(JSON_BLOCK) ?? []).flatMap(parsedEvents);
  const newest = events.at(-1);
  if (newest === undefined) return undefined;
  return { channel: newest.channel, thread: newest.thread_ts ?? newest.ts, text: newest.text ?? "" };
}

function stepsAfter(messages: ChatRequest["messages"]): Step[] {
  const steps: Step[] = [];
  for (const { role, content, tool_calls } of messages) {
    const text = textOf(content);
    const hasCalls = (tool_calls ?? []).length > 0;
    if (role === "assistant" && (text !== "" || hasCalls)) steps.push({ text, results: [], hasCalls });
    if (role === "tool") steps.at(-1)?.results.push(text);
  }
  return steps.filter(({ results }) => !results.some((result) => INTERRUPTED.test(result)));
}

export function readConversation({ messages, tools }: ChatRequest): Conversation {
  const newest = messages.findLastIndex(({ role, content }) => role === "user" && !isNudge(textOf(content)));
  const user = textOf(messages[newest]?.content);
  const before = messages.slice(0, Math.max(newest, 0)).filter(({ role }) => !isSystem(role));
  const event = newestEvent(user);
  const earlier = before.map(({ content }) => textOf(content)).join("\n");
  return {
    system: messages
      .filter(({ role }) => isSystem(role))
      .map(({ content }) => textOf(content))
      .join("\n"),
    user,
    earlier,
    isFollowUp: before.some(({ role }) => role === "assistant"),
    steps: stepsAfter(messages.slice(newest + 1)),
    place: event ?? newestEvent(earlier),
    said: (event?.text ?? user).replace(/<@[A-Z0-9]+(\|[^>]*)?>/g, "").trim(),
    tools: new Set((tools ?? []).map((tool) => tool.function.name)),
  };
}
