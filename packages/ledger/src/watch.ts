/** Wake-ups: at once for commits of this process, by one look per interval for those of others. Hints, never promises. */
import type { DatabaseSync } from "node:sqlite";

import type { Topic } from "./contract/topic.ts";
import type { Changed } from "./writer/run-batch.ts";

const LOOK_MS = 100;

export interface Watch {
  watch: (topics: readonly Topic[], fn: () => void) => () => void;
  /** Topics that a commit of this process touched. */
  fire: (changed: readonly Pick<Changed, "topic">[]) => void;
  close: () => void;
}

interface Watcher {
  topics: ReadonlySet<string>;
  fn: () => void;
}

const numberOf = (row: object | undefined) => Number(Object.values(row ?? {})[0] ?? 0);

/** Watches the change feed over a connection that only reads. */
export function createWatch(database: DatabaseSync): Watch {
  const watchers = new Set<Watcher>();
  const version = database.prepare("pragma data_version");
  const newest = database.prepare("select max(seq) from changes");
  const since = database.prepare("select distinct topic from changes where seq > ?");
  let seenVersion = numberOf(version.get());
  let seenSeq = numberOf(newest.get());
  let timer: NodeJS.Timeout | undefined;

  const fire = (changed: readonly { topic: string }[]) => {
    const topics = new Set(changed.map(({ topic }) => topic));
    for (const watcher of watchers) if ([...topics].some((topic) => watcher.topics.has(topic))) watcher.fn();
  };
  const changesOfOthers = () => {
    const nowVersion = numberOf(version.get());
    if (nowVersion === seenVersion) return [];
    const rows = since.all(seenSeq).map((row) => ({ topic: String(row["topic"]) }));
    [seenVersion, seenSeq] = [nowVersion, Math.max(seenSeq, numberOf(newest.get()))];
    return rows;
  };
  const look = () => {
    let changed: { topic: string }[];
    try {
      changed = changesOfOthers();
    } catch {
      // A file that cannot be read is what health tells of; the next look finds what this one missed.
      return;
    }
    fire(changed);
  };
  const stop = () => {
    clearInterval(timer);
    timer = undefined;
  };
  return {
    watch: (topics, fn) => {
      const watcher = { topics: new Set<string>(topics), fn };
      watchers.add(watcher);
      timer ??= setInterval(look, LOOK_MS).unref();
      return () => {
        watchers.delete(watcher);
        if (watchers.size === 0) stop();
      };
    },
    fire,
    close: () => {
      watchers.clear();
      stop();
    },
  };
}
