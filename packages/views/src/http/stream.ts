/**
 * Live pages without gap or repeat. A page names the position in the change feed that it was drawn at; its stream
 * begins there. What is sent is drawn from the state of now and read after the position it names, so whatever a
 * connection misses, the next one sends.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

import { pageHeaders } from "./page-headers.ts";

export interface Change {
  seq: number;
  topic: string;
  key: string;
}
/** What is read of the change feed. */
export interface Feed {
  readChanges: (from: { after: number; limit: number }) => Promise<readonly Change[]>;
  changePositions: () => Promise<{ newest: number; oldest: number }>;
  /** Calls `fn` soon after anything changed. */
  watch: (fn: () => void) => () => void;
}
/** One open page. */
export interface LiveView {
  /** Whether a change may alter what it shows. */
  concerns: (change: Change) => boolean;
  /** What has changed since the last call, as HTML; `ended`: nothing will change any more. */
  next: () => Promise<{ html: string; ended: boolean }>;
  /** Changes within this time make one message. */
  paceMs?: number | undefined;
}

const PACE_MS = 150;
const HEARTBEAT_MS = 15_000;
const LIFE_MS = 30 * 60_000;
const MAX_BEHIND = 2000;
const MAX_UNSENT = 1024 * 1024;
const LIMIT = 1000;

const message = (fields: { id: number; event?: string; data: string }) =>
  [
    `id: ${fields.id}`,
    ...(fields.event === undefined ? [] : [`event: ${fields.event}`]),
    ...fields.data.split("\n").map((line) => `data: ${line}`),
    "\n",
  ].join("\n");

/** Every stream of one server, so that they end with it. */
export function createStreams(server: FastifyInstance, feed: Feed) {
  const open = new Set<() => void>();
  server.addHook("preClose", async () => {
    for (const end of open) end();
  });

  /** Follows the feed for one page until it ends, is cut, or has lived long enough. */
  const follow = async (view: LiveView, from: number, line: Line): Promise<void> => {
    let cursor = from;
    const unwatch = feed.watch(line.wake);
    try {
      while (line.isOpen()) {
        const changes = await feed.readChanges({ after: cursor, limit: LIMIT });
        const { newest, oldest } = await feed.changePositions();
        if (cursor + 1 < oldest || newest - cursor > MAX_BEHIND || cursor > newest) {
          cursor = newest;
          line.send(message({ id: cursor, event: "refresh", data: "too far behind" }));
          continue;
        }
        cursor = changes.at(-1)?.seq ?? cursor;
        const isConcerned = changes.some(view.concerns);
        const { html, ended } = isConcerned ? await view.next() : { html: "", ended: false };
        if (html !== "") line.send(message({ id: cursor, data: html }));
        if (ended) {
          line.send(message({ id: cursor, event: "end", data: "ended" }));
          return;
        }
        if (changes.length < LIMIT) await line.rest(view.paceMs ?? PACE_MS);
      }
    } finally {
      unwatch();
    }
  };

  return {
    /** Takes over a request and answers it with the changes after `after`, or after what the browser saw last. */
    serve: (request: FastifyRequest, reply: FastifyReply, { view, after }: { view: LiveView; after: number }): void => {
      const seen = Number(request.headers["last-event-id"] ?? Number.NaN);
      const line = openLine(reply, open);
      void follow(view, Number.isSafeInteger(seen) ? seen : after, line)
        .catch(() => undefined)
        .finally(line.end);
    },
    count: () => open.size,
  };
}
export type Streams = ReturnType<typeof createStreams>;

interface Line {
  send: (text: string) => void;
  /** Waits for a wake-up; then for the others of the same moment. */
  rest: (paceMs: number) => Promise<void>;
  wake: () => void;
  isOpen: () => boolean;
  end: () => void;
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms).unref());

function openLine(reply: FastifyReply, open: Set<() => void>): Line {
  reply.hijack();
  const { raw } = reply;
  raw.writeHead(200, {
    ...pageHeaders,
    "content-type": "text/event-stream; charset=utf-8",
    "x-accel-buffering": "no",
  });
  let isOpen = true;
  let isWoken = false;
  let waiting: (() => void) | undefined;
  const wake = () => {
    isWoken = true;
    waiting?.();
  };
  const send = (text: string) => {
    if (!isOpen) return;
    raw.write(text);
    // Who does not read is cut; a new connection catches up.
    if (raw.writableLength > MAX_UNSENT) raw.destroy();
  };
  const heartbeat = setInterval(() => send(": here\n\n"), HEARTBEAT_MS).unref();
  const life = setTimeout(() => end(), LIFE_MS).unref();
  const end = () => {
    if (!isOpen) return;
    send("retry: 1000\n\n");
    isOpen = false;
    clearInterval(heartbeat);
    clearTimeout(life);
    open.delete(end);
    raw.end();
    wake();
  };
  open.add(end);
  raw.on("close", end).on("error", end);
  send("retry: 1000\n\n");
  const rest = async (paceMs: number) => {
    if (!isWoken)
      await new Promise<void>((resolve) => {
        waiting = resolve;
      });
    waiting = undefined;
    await pause(paceMs);
    isWoken = false;
  };
  return { send, rest, wake, isOpen: () => isOpen, end };
}
