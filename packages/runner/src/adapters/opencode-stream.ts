/** The one event stream of OpenCode: connected means that the server said so; breaks are told, never hidden. */
import { setTimeout as pause } from "node:timers/promises";

import type { Clock } from "@thor/kit/flow/clock";
import type { Log } from "@thor/kit/flow/log";
import { networkCode } from "@thor/kit/json-client";
import { backoffMs } from "@thor/kit/pure/backoff";

import { projectFrame, type OpencodeEvent } from "../core/opencode/project.ts";

const SILENCE_MS = 30_000;
// A starting server takes the connection and never answers on it.
const FIRST_BYTE_MS = 3000;
const MAX_FRAME_CHARS = 8 * 1024 * 1024;
// A local server comes back within seconds, and every second it is not heard is a second without progress.
const RECONNECT = { baseMs: 250, capMs: 1000 };
// A wrong password does not mend itself.
const REFUSED = "refused";
const REFUSED_MS = 30_000;
/** Longer than a directory's path and what stands beside it. */
const COPY_HEAD = 5000;

interface StreamListener {
  onEvent: (event: OpencodeEvent) => void;
  onGapOpen: () => void;
  /** `isNewServer`: nobody answered for a while, so another server may answer now. */
  onGapClosed: (isNewServer: boolean) => void;
}

interface StreamOptions {
  url: string;
  password: string;
  log: Log;
  clock: Clock;
  listener: StreamListener;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Durable events come a second time; such a copy is told by its head, for reading it whole costs as much as the event. */
const isCopy = (text: string) => text.slice(0, COPY_HEAD).includes('"payload":{"type":"sync"');

const isConnectedFrame = (text: string) => text.includes('"server.connected"');

/** Cuts a byte stream into the `data:` texts of server-sent events. */
async function* dataFrames(body: AsyncIterable<Uint8Array>, onByte: () => void): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let pending = "";
  for await (const chunk of body) {
    onByte();
    pending += decoder.decode(chunk, { stream: true });
    if (pending.length > MAX_FRAME_CHARS) throw new Error("an event is too large");
    const frames = pending.split("\n\n");
    pending = frames.pop() ?? "";
    for (const frame of frames) {
      yield frame
        .split("\n")
        .filter((line) => line.startsWith("data:"))
        .map((line) => line.slice("data:".length).trimStart())
        .join("\n");
    }
  }
}

/** Reads one connection until it ends, breaks, or says nothing for too long. */
async function readOnce(
  connection: { url: string; authorization: string; stop: AbortSignal },
  onFrame: (text: string) => void,
): Promise<string> {
  const { url, authorization, stop } = connection;
  const attempt = new AbortController();
  const giveUp = () => attempt.abort(new Error("silence"));
  let timer = setTimeout(giveUp, FIRST_BYTE_MS);
  const onByte = () => {
    clearTimeout(timer);
    timer = setTimeout(giveUp, SILENCE_MS);
  };
  try {
    const signal = AbortSignal.any([stop, attempt.signal]);
    const response = await fetch(`${url}/global/event`, { headers: { authorization }, signal });
    if (response.status === 401) return REFUSED;
    if (!response.ok || response.body === null) throw new Error(`HTTP ${response.status}`);
    for await (const text of dataFrames(response.body, onByte)) onFrame(text);
    return "the stream ended";
  } finally {
    clearTimeout(timer);
  }
}

export function openOpencodeStream({ url, password, log, clock, listener }: StreamOptions) {
  const authorization = `Basic ${Buffer.from(`opencode:${password}`).toString("base64")}`;
  const stop = new AbortController();
  const drifts = new Set<string>();
  let isConnected = false;
  let failures = 0;

  const noteDrift = (type: string, field: string) => {
    const name = `${type}:${field}`;
    if (drifts.has(name)) return;
    drifts.add(name);
    log.warn({ event: "opencode_drift", type, field }, "OpenCode sent something unexpected");
  };

  const onFrame = (text: string) => {
    if (!isConnected && isConnectedFrame(text)) {
      isConnected = true;
      // A stream that merely broke finds its server at the first try.
      const isNewServer = failures !== 1;
      failures = 0;
      log.info({ event: "opencode_connected" }, "OpenCode connected");
      listener.onGapClosed(isNewServer);
      return;
    }
    if (isCopy(text)) return;
    const projected = projectFrame(jsonOf(text));
    if (projected.kind === "event") listener.onEvent(projected.event);
    else if (projected.kind === "drift") noteDrift(projected.type, projected.field);
  };

  const onBroken = (error: string) => {
    failures += 1;
    if (isConnected) {
      isConnected = false;
      log.warn({ event: "stream_gap", error }, "OpenCode's event stream broke");
      listener.onGapOpen();
    } else if (failures === 1) log.warn({ event: "opencode_disconnected", error }, "OpenCode cannot be reached");
  };

  const run = async () => {
    while (!stop.signal.aborted) {
      const ended = await readOnce({ url, authorization, stop: stop.signal }, onFrame).catch((err: unknown) =>
        networkCode(err),
      );
      if (stop.signal.aborted) return;
      onBroken(ended);
      const isRefused = ended === REFUSED;
      if (isRefused) log.error({ event: "opencode_auth_failed" }, "OpenCode refuses the password");
      const pauseMs = isRefused ? REFUSED_MS : backoffMs(failures, clock.chance(), RECONNECT);
      await pause(pauseMs, undefined, { signal: stop.signal }).catch(() => undefined);
    }
  };
  const done = run();

  return {
    isConnected: () => isConnected,
    close: () => {
      stop.abort();
      return done;
    },
  };
}
