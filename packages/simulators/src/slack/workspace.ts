/** One Slack workspace: who is there, what was said, and every way a message can change. */
import type { Collection } from "../world/store.ts";
import type { World } from "../world/world.ts";
import { CHANNELS, Channel, File, Message, PEOPLE, Person, type SlackApp, USER_GROUPS, UserGroup } from "./entities.ts";
import { createMessageIndex, idOf } from "./message-index.ts";
import { createTriggers } from "./triggers.ts";
import { createViews } from "./views.ts";

/** An inner event: what the app is told, before it is put in an envelope. */
export type InnerEvent = Readonly<Record<string, unknown>> & { type: string };

type MessageHappening =
  | { kind: "posted"; message: Message }
  | { kind: "changed"; message: Message; previous: Message }
  | { kind: "deleted"; previous: Message; at: string }
  | { kind: "reacted"; message: Message; user: string; name: string; isAdded: boolean; at: string };

/** A thing that happened, before it is an event of anybody; what is no message comes as the event that it is. */
export type Happening = MessageHappening | { kind: "announced"; event: InnerEvent };

interface Draft {
  channel: string;
  user: string;
  byBot: boolean;
  text: string;
  threadTs?: string | undefined;
  blocks?: Record<string, unknown>[] | undefined;
  metadata?: Message["metadata"];
  files?: string[] | undefined;
  attachments?: Message["attachments"] | undefined;
  isBroadcast?: boolean | undefined;
  onlyFor?: string | undefined;
}

type Change = Partial<Pick<Message, "text" | "blocks" | "metadata" | "attachments">> & { user: string };

const STATUS_MS = 120_000;

/** Message times are the message's identity: unique and rising, as Slack's. */
function createTs(world: World, taken: readonly string[]) {
  let last = taken.reduce((newest, ts) => Math.max(newest, Math.round(Number(ts) * 1e6)), 0);
  return () => {
    last = Math.max(Math.floor(world.clock.now() * 1000), last + 1);
    return `${Math.floor(last / 1e6)}.${String(last % 1e6).padStart(6, "0")}`;
  };
}

function seed<Row extends { id: string }>(rows: Collection<Row>, seeds: readonly Row[]): Collection<Row> {
  for (const row of seeds) if (rows.get(row.id) === undefined) rows.put(row.id, row);
  return rows;
}

const isForAll = ({ onlyFor }: Message) => onlyFor === undefined;

/** Everything that can happen to messages; each change is told once, after it is stored. */
function createMessages(world: World, tell: (happening: MessageHappening) => void) {
  const messages = world.store.collection("slack.messages", Message);
  const index = createMessageIndex(messages);
  const everyTs = messages.all().flatMap(({ ts, edited }) => [ts, ...(edited === undefined ? [] : [edited.ts])]);
  const nextTs = createTs(world, everyTs);

  const post = ({ channel, user, byBot, text, ...rest }: Draft): Message => {
    const ts = nextTs();
    const message: Message = {
      channel,
      ts,
      ...(rest.threadTs === undefined ? {} : { threadTs: rest.threadTs }),
      user,
      byBot,
      text,
      blocks: rest.blocks ?? [],
      ...(rest.metadata === undefined ? {} : { metadata: rest.metadata }),
      reactions: [],
      files: rest.files ?? [],
      attachments: rest.attachments ?? [],
      isBroadcast: rest.isBroadcast ?? false,
      ...(rest.onlyFor === undefined ? {} : { onlyFor: rest.onlyFor }),
    };
    index.add(messages.put(idOf(channel, ts), message));
    tell({ kind: "posted", message });
    return message;
  };

  return {
    post,
    message: (channel: string, ts: string) => messages.get(idOf(channel, ts)),
    history: (channel: string) => index.inChannel(channel).filter(isForAll),
    thread: (channel: string, ts: string) => index.inThread(channel, ts).filter(isForAll),
    ephemerals: (channel: string, user: string) => index.inChannel(channel).filter(({ onlyFor }) => onlyFor === user),
    edit: (previous: Message, { user, ...change }: Change) => {
      const message = { ...previous, ...change, edited: { user, ts: nextTs() } };
      messages.put(idOf(message.channel, message.ts), message);
      tell({ kind: "changed", message, previous });
      return message;
    },
    remove: (previous: Message) => {
      index.drop(previous);
      messages.remove(idOf(previous.channel, previous.ts));
      tell({ kind: "deleted", previous, at: nextTs() });
    },
    react: (before: Message, user: string, { name, isAdded }: { name: string; isAdded: boolean }) => {
      const others = before.reactions.filter((reaction) => reaction.name !== name);
      const users = before.reactions.find((reaction) => reaction.name === name)?.users ?? [];
      const now = isAdded ? [...users, user] : users.filter((id) => id !== user);
      const reactions = now.length === 0 ? others : [...others, { name, users: now }];
      const message = messages.put(idOf(before.channel, before.ts), { ...before, reactions });
      tell({ kind: "reacted", message, user, name, isAdded, at: nextTs() });
    },
  };
}

/** The line under a thread: gone with any bot message, with an empty text, or after two minutes. */
function createStatuses(world: World) {
  const statuses = new Map<string, { text: string; until: number }>();
  return {
    status: (channel: string, threadTs: string) => {
      const status = statuses.get(idOf(channel, threadTs));
      return status !== undefined && status.until > world.clock.now() ? status.text : "";
    },
    setStatus: (channel: string, threadTs: string, text: string) => {
      if (text === "") statuses.delete(idOf(channel, threadTs));
      else statuses.set(idOf(channel, threadTs), { text, until: world.clock.now() + STATUS_MS });
      world.traffic.tell("slack", { channel, threadTs });
    },
  };
}

export function createWorkspace(world: World, app: SlackApp) {
  const listeners: ((happening: Happening) => void)[] = [];
  const statuses = createStatuses(world);
  const hear = (happening: Happening) => {
    for (const listener of listeners) listener(happening);
  };
  const announce = (event: InnerEvent, channel: string | undefined) => {
    if (channel !== undefined) world.traffic.tell("slack", { channel });
    hear({ kind: "announced", event });
  };
  const tell = (happening: MessageHappening) => {
    const message = happening.kind === "deleted" ? happening.previous : happening.message;
    const { channel, threadTs = message.ts } = message;
    if (happening.kind === "posted" && message.byBot) statuses.setStatus(channel, threadTs, "");
    world.traffic.tell("slack", { channel, threadTs });
    hear(happening);
  };
  return {
    app,
    people: seed(world.store.collection("slack.people", Person), PEOPLE),
    channels: seed(world.store.collection("slack.channels", Channel), CHANNELS),
    groups: seed(world.store.collection("slack.groups", UserGroup), USER_GROUPS),
    files: world.store.collection("slack.files", File),
    ...createMessages(world, tell),
    ...statuses,
    views: createViews(world),
    triggers: createTriggers(world),
    fileId: () => world.ids.next("F0", 9),
    announce,
    /** A moment for events that are no messages, in Slack's form. */
    eventTs: createTs(world, []),
    onHappening: (listener: (happening: Happening) => void) => {
      listeners.push(listener);
    },
  };
}
export type Workspace = ReturnType<typeof createWorkspace>;
