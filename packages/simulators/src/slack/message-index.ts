import type { Collection } from "../world/store.ts";
import type { Message } from "./entities.ts";

export const idOf = (channel: string, ts: string) => `${channel}/${ts}`;

function into(map: Map<string, Set<string>>, key: string, id: string): void {
  const ids = map.get(key) ?? new Set<string>();
  map.set(key, ids.add(id));
}

/** Messages by channel and thread, so that a long-lived world stays quick. */
export function createMessageIndex(messages: Collection<Message>) {
  const channels = new Map<string, Set<string>>();
  const threads = new Map<string, Set<string>>();
  const add = (message: Message) => {
    const { channel, ts, threadTs, isBroadcast } = message;
    const isRoot = threadTs === undefined || threadTs === ts;
    if (isRoot || isBroadcast || message.onlyFor !== undefined) into(channels, channel, idOf(channel, ts));
    into(threads, idOf(channel, threadTs ?? ts), idOf(channel, ts));
  };
  const rows = (ids: Set<string> | undefined) => [...(ids ?? [])].flatMap((id) => messages.get(id) ?? []);
  const drop = ({ channel, ts, threadTs }: Message) => {
    channels.get(channel)?.delete(idOf(channel, ts));
    threads.get(idOf(channel, threadTs ?? ts))?.delete(idOf(channel, ts));
  };
  for (const message of messages.all()) add(message);
  return {
    add,
    drop,
    inChannel: (channel: string) => rows(channels.get(channel)),
    inThread: (channel: string, ts: string) => rows(threads.get(idOf(channel, ts))),
  };
}
