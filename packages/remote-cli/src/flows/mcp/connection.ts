/** One connection, shared by all who call: made when wanted, made again after a drop, given up when idle. */
import type { Arguments } from "@thor/integrations/manifest";
import type { Clock } from "@thor/kit/flow/clock";
import type { Log } from "@thor/kit/flow/log";

import type { CallEnd, CallOptions, Connected, Live, UpstreamTool } from "../../core/mcp/tool.ts";
import { createCallGate } from "../call-gate.ts";
import { createLife, type Life } from "./life.ts";

/** The tools of an upstream after the manifest had its say. */
export interface Offer {
  tools: ReadonlyMap<string, UpstreamTool>;
  withdrawn: ReadonlySet<string>;
}
export type Judged = { kind: "accepted"; offer: Offer } | { kind: "refused"; error: string };

export interface ConnectionDeps {
  name: string;
  clock: Clock;
  log: Log;
  idleMs: number;
  connect: (events: { onClosed: () => void; onToolsChanged: () => void }) => Promise<Connected>;
  judge: (tools: readonly UpstreamTool[]) => Promise<Judged>;
  /** Keeps why there is no connection, for people. */
  noteFailure: (error: string) => void;
}
type Ready = { kind: "ready"; offer: Offer } | { kind: "unavailable"; error: string };

const IN_FLIGHT = { runningPerSession: 8, waitingPerSession: 32, waitMs: 30_000, runningInAll: 8 };
const FIRST_CONNECT_MS = 36_000;
const RECONNECT_MS = 10_000;
const DEBOUNCE_MS = 300;
const RELIST_PAUSES_MS = [1000, 2000, 4000, 8000];
const RETIRE_POLL_MS = 50;

/** What a connection holds at the moment. */
interface Held {
  live: Live | undefined;
  offer: Offer | undefined;
  lastError: string;
  inFlight: number;
}
/** `isJudged`: the manifest said no, and has kept why itself. */
type Fail = (error: string, input: "failed" | "rejected" | "dropped", isJudged?: boolean) => void;

const messageOf = (err: unknown) => (err instanceof Error ? err.message : String(err));

/** Reads the tools again after a change; until that works the old list stays. */
function createRelist(deps: ConnectionDeps, held: Held, fail: Fail) {
  let timer: NodeJS.Timeout | undefined;
  const read = async (mine: Live, tries: number): Promise<void> => {
    if (mine !== held.live) return;
    try {
      const judged = await deps.judge(await mine.listTools());
      if (mine !== held.live) return;
      if (judged.kind === "accepted") held.offer = judged.offer;
      else fail(judged.error, "dropped", true);
    } catch (err) {
      deps.log.warn({ event: "upstream_relist_failed", upstream: deps.name, err }, "changed tools could not be listed");
      const pause = RELIST_PAUSES_MS[tries];
      if (pause !== undefined) soon(mine, pause, tries + 1);
    }
  };
  const soon = (mine: Live, afterMs = DEBOUNCE_MS, tries = 0) => {
    clearTimeout(timer);
    timer = setTimeout(() => void read(mine, tries), afterMs);
    timer.unref();
  };
  return soon;
}

/** Connects once and lets the manifest judge what is offered. */
const createAttempt = (deps: ConnectionDeps, held: Held, { life, fail }: { life: () => Life; fail: Fail }) => {
  const relistSoon = createRelist(deps, held, fail);
  return async (): Promise<void> => {
    let made: Live | undefined;
    const isMine = () => made !== undefined && made === held.live;
    const connected = await deps.connect({
      onClosed: () => (isMine() ? fail("the connection was closed", "dropped") : undefined),
      onToolsChanged: () => (made === undefined ? undefined : relistSoon(made)),
    });
    if (connected.kind !== "live") return fail(connected.error, connected.kind);
    made = connected.live;
    const judged = await deps
      .judge(made.tools)
      .catch((err: unknown): Judged => ({ kind: "refused", error: messageOf(err) }));
    if (life().kind() !== "connecting" || judged.kind === "refused") {
      await made.close();
      return judged.kind === "refused" ? fail(judged.error, "failed", true) : undefined;
    }
    held.live = made;
    held.offer = judged.offer;
    deps.log.info({ event: "upstream_connected", upstream: deps.name, tools: judged.offer.tools.size }, "connected");
    return life().move("connected");
  };
};

/** Waits for a connection and sends one call over it. */
function createUse(deps: ConnectionDeps, held: Held, { life, fail }: { life: Life; fail: Fail }) {
  const ready = async (): Promise<Ready> => {
    life.move("wanted");
    const until = deps.clock.now() + (life.isFirstTry() ? FIRST_CONNECT_MS : RECONNECT_MS);
    while (["connecting", "backoff"].includes(life.kind()) && deps.clock.now() < until)
      await life.changed(until - deps.clock.now());
    if (held.offer !== undefined) return { kind: "ready", offer: held.offer };
    return { kind: "unavailable", error: life.kind() === "closed" ? "it was closed" : held.lastError };
  };

  const send = async (tool: string, args: Arguments, options: CallOptions): Promise<CallEnd> => {
    const made = await ready();
    const used = held.live;
    if (made.kind === "unavailable") return { kind: "not_sent", error: `${made.error}; try again` };
    if (used === undefined) return { kind: "not_sent", error: "not connected; try again" };
    held.inFlight += 1;
    life.restartIdle(false);
    try {
      const end = await used.call(tool, args, options);
      if (end.kind === "not_sent" && used === held.live) fail(end.error, "dropped");
      return end;
    } finally {
      held.inFlight -= 1;
      if (held.inFlight === 0) life.restartIdle(true);
    }
  };
  return { ready, send };
}

export function createConnection(deps: ConnectionDeps) {
  const { clock, log, name } = deps;
  const gate = createCallGate(IN_FLIGHT);
  const held: Held = { live: undefined, offer: undefined, lastError: "not connected", inFlight: 0 };
  const letGo = (): Promise<void> => {
    const old = held.live;
    held.live = undefined;
    held.offer = undefined;
    return old?.close() ?? Promise.resolve();
  };
  const fail: Fail = (error, input, isJudged = false) => {
    held.lastError = error;
    log.warn({ event: "upstream_connect_failed", upstream: name, error }, "an upstream is not connected");
    if (!isJudged) deps.noteFailure(error);
    life.move(input);
  };
  const attempt = createAttempt(deps, held, { life: () => life, fail });
  const life = createLife({
    clock,
    idleMs: deps.idleMs,
    onEnter: (kind) => {
      if (kind !== "ready") void letGo();
      if (kind === "connecting") void attempt();
    },
  });
  const { ready, send } = createUse(deps, held, { life, fail });

  return {
    /** The tools, once connected; waits for a connection that is being made. */
    ready,
    state: life.kind,
    tools: () => held.offer?.tools.size ?? 0,
    /** Repeats only what certainly never arrived. */
    call: async (tool: string, args: Arguments, options: CallOptions): Promise<CallEnd> => {
      const entered = await gate.enter({ session: name }, options.signal);
      if (entered.kind !== "entered")
        return { kind: "not_sent", error: entered.kind === "busy" ? "busy; try again" : "cancelled" };
      try {
        const end = await send(tool, args, options);
        const mayRepeat = end.kind === "not_sent" && options.isOnce !== true && !options.signal.aborted;
        return mayRepeat && life.kind() === "backoff" ? await send(tool, args, options) : end;
      } finally {
        entered.leave();
      }
    },
    /** Closes once nothing is in flight, or after `withinMs`. */
    close: async (withinMs: number) => {
      const until = clock.now() + withinMs;
      while (held.inFlight > 0 && clock.now() < until) await life.changed(RETIRE_POLL_MS);
      const gone = letGo();
      life.move("close");
      await gone;
    },
  };
}
export type Connection = ReturnType<typeof createConnection>;
