/**
 * Socket Mode: one-time addresses, `hello`, envelopes acknowledged by their id, and the two ways in which Slack asks
 * for a new connection.
 *
 *   open ──hello──▶ live ──warning──▶ leaving ──refresh_requested──▶ closed
 */
import type { FastifyInstance } from "fastify";
import { type WebSocket, WebSocketServer } from "ws";
import { z } from "zod";

import type { World } from "../world/world.ts";
import { ANSWER_WITHIN_MS, type Sent } from "./signed-post.ts";

const PATH = "/slack/socket/";
const MAX_SOCKETS = 10;
const PING_MS = 10_000;
const LIFETIME_MS = 3_600_000;
const WARNED_BEFORE_MS = 10_000;
const TICKET_MS = 30_000;

const Ack = z.object({ envelope_id: z.string(), payload: z.unknown().optional() });

/** What travels: an event or an interaction, and how often it was tried before. */
export interface Envelope {
  type: "events_api" | "interactive";
  payload: unknown;
  retry?: { attempt: number; reason: string };
}

export const Farewell = z.enum(["warning", "refresh_requested", "link_disabled"]);
export type Farewell = z.infer<typeof Farewell>;

interface Line {
  socket: WebSocket;
  isLeaving: boolean;
  /** Envelopes that still wait for their acknowledgement. */
  waiting: Map<string, (sent: Sent) => void>;
}

const lost: Sent = { failure: "connection_failed", isFinal: false };

function ackOf(data: unknown): z.infer<typeof Ack> | undefined {
  try {
    return Ack.safeParse(JSON.parse(String(data))).data;
  } catch {
    return undefined;
  }
}

/** Puts an envelope on a line and waits for its acknowledgement, Slack's three seconds long. */
function put(line: Line, id: string, text: string): Promise<Sent> {
  return new Promise((resolve) => {
    const end = (sent: Sent) => {
      clearTimeout(timer);
      line.waiting.delete(id);
      resolve(sent);
    };
    const timer = setTimeout(() => end({ failure: "timeout", isFinal: false }), ANSWER_WITHIN_MS);
    line.waiting.set(id, end);
    line.socket.send(text);
  });
}

function sayFarewell(line: Line, reason: Farewell | "too_many_websockets"): void {
  line.isLeaving = true;
  line.socket.send(JSON.stringify({ type: "disconnect", reason, debug_info: { host: "applink-sim" } }));
  if (reason !== "warning") line.socket.close(1000);
}

/** Keeps a line alive until Slack wants it replaced. */
function keepUp(world: World, line: Line): void {
  const ping = setInterval(() => line.socket.ping("Ping from applink-sim"), PING_MS);
  const end = world.clock.now() + LIFETIME_MS;
  const warn = world.clock.schedule(end - WARNED_BEFORE_MS, () => sayFarewell(line, "warning"));
  const refresh = world.clock.schedule(end, () => sayFarewell(line, "refresh_requested"));
  line.socket.on("close", () => {
    clearInterval(ping);
    warn();
    refresh();
  });
}

export type Sockets = ReturnType<typeof createSockets>;

/** One-time addresses: each opens one socket, and soon. */
function createTickets({ clock, ids }: World) {
  const tickets = new Map<string, number>();
  return {
    ticket: () => {
      const ticket = ids.next("", 32);
      tickets.set(ticket, clock.now() + TICKET_MS);
      return PATH + ticket;
    },
    take: (path = "") => {
      const ticket = path.slice(PATH.length);
      const isGood = path.startsWith(PATH) && (tickets.get(ticket) ?? 0) > clock.now();
      tickets.delete(ticket);
      return isGood;
    },
  };
}

/** Serves the sockets on the server's own port. */
function accept(server: FastifyInstance, take: (path?: string) => boolean, welcome: (socket: WebSocket) => void): void {
  const acceptor = new WebSocketServer({ noServer: true, maxPayload: 1024 * 1024 });
  server.server.on("upgrade", (request, socket, head) => {
    socket.on("error", () => socket.destroy());
    if (take(request.url)) acceptor.handleUpgrade(request, socket, head, welcome);
    else socket.end("HTTP/1.1 404 Not Found\r\nconnection: close\r\n\r\n");
  });
  server.addHook("preClose", (done) => {
    for (const socket of acceptor.clients) socket.terminate();
    done();
  });
}

export function createSockets(server: FastifyInstance, world: World, appId: string) {
  const lines = new Set<Line>();
  const { ticket, take } = createTickets(world);
  const openers: (() => void)[] = [];
  let turn = 0;

  const hear = (line: Line, data: unknown) => {
    const ack = ackOf(data);
    if (ack === undefined) {
      world.traffic.violate({ sim: "slack", method: "socket", what: "an acknowledgement without envelope_id" });
      return;
    }
    const { payload } = ack;
    const answer = payload === undefined ? {} : { answer: JSON.stringify(payload) };
    line.waiting.get(ack.envelope_id)?.({ status: 200, isFinal: false, ...answer });
  };

  const welcome = (socket: WebSocket) => {
    const line: Line = { socket, isLeaving: false, waiting: new Map() };
    if (lines.size >= MAX_SOCKETS) return sayFarewell(line, "too_many_websockets");
    lines.add(line);
    socket.on("message", (data) => hear(line, data));
    socket.on("error", () => socket.terminate());
    socket.on("close", () => {
      lines.delete(line);
      for (const end of line.waiting.values()) end(lost);
    });
    keepUp(world, line);
    const debug_info = { host: "applink-sim", build_number: 1, approximate_connection_time: LIFETIME_MS / 1000 };
    const hello = { type: "hello", num_connections: lines.size, connection_info: { app_id: appId }, debug_info };
    socket.send(JSON.stringify(hello));
    for (const opened of openers) opened();
  };

  accept(server, take, welcome);

  return {
    ticket,
    count: () => lines.size,
    onOpen: (opened: () => void) => {
      openers.push(opened);
    },
    /** Sends over the next line in turn, so that a second try takes another one. */
    send: ({ type, payload, retry }: Envelope): Promise<Sent> => {
      const usable = [...lines].filter(({ isLeaving }) => !isLeaving);
      const line = usable[turn++ % Math.max(usable.length, 1)];
      if (line === undefined) return Promise.resolve(lost);
      const envelope_id = world.ids.next("env-", 24);
      const tried =
        type === "events_api" ? { retry_attempt: retry?.attempt ?? 0, retry_reason: retry?.reason ?? "" } : {};
      const accepts_response_payload = type === "interactive";
      return put(line, envelope_id, JSON.stringify({ envelope_id, type, payload, accepts_response_payload, ...tried }));
    },
    farewell: (reason: Farewell) => {
      for (const line of lines) sayFarewell(line, reason);
    },
    /** Every connection breaks without a word. */
    cut: () => {
      for (const { socket } of lines) socket.terminate();
    },
  };
}
