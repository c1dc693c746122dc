/** Events over HTTP as Slack sends them: signed, answered within 3 s, and tried again after 0 s, 60 s and 300 s. */
import { createHmac } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";

import { z } from "zod";

import type { Deed } from "../control/faults.ts";
import type { World } from "../world/world.ts";
import type { SlackApp } from "./entities.ts";
import type { InnerEvent } from "./events.ts";

const ANSWER_WITHIN_MS = 3000;
const STALE_BY_S = 600;
/** Ended deliveries that can still be looked at. */
const MAX_KEPT = 20_000;

export const Delivery = z.object({
  id: z.string(),
  type: z.string(),
  channel: z.string().optional(),
  messageTs: z.string().optional(),
  body: z.string(),
  state: z.enum(["pending", "delivered", "failed", "lost", "kept"]),
  dueAt: z.number(),
  attempts: z.array(
    z.object({
      at: z.number(),
      ms: z.number(),
      retryNum: z.number(),
      status: z.number().optional(),
      answer: z.string().optional(),
      failure: z.string().optional(),
    }),
  ),
});
export type Delivery = z.infer<typeof Delivery>;
type Attempt = Delivery["attempts"][number];

/** Signs a body as Slack does: v0 HMAC over time and bytes. */
function signature(secret: string, timestamp: string, body: string): string {
  return `v0=${createHmac("sha256", secret).update(`v0:${timestamp}:${body}`).digest("hex")}`;
}

function envelope(world: World, app: SlackApp, event: InnerEvent) {
  return {
    token: "sim-verification-token",
    team_id: app.teamId,
    context_team_id: app.teamId,
    context_enterprise_id: null,
    api_app_id: app.appId,
    event,
    type: "event_callback",
    event_id: world.ids.next("Ev", 9),
    event_time: Math.floor(world.clock.now() / 1000),
    authorizations: [
      { enterprise_id: null, team_id: app.teamId, user_id: app.botUserId, is_bot: true, is_enterprise_install: false },
    ],
    is_ext_shared_channel: false,
    event_context: `4-${world.ids.next("", 20)}`,
  };
}

const textField = (event: InnerEvent, name: string): string | undefined => {
  const value = event[name];
  return typeof value === "string" ? value : undefined;
};

function reasonOf({ status, failure }: Attempt): string {
  if (status !== undefined) return "http_error";
  return failure === "http_timeout" ? "http_timeout" : "connection_failed";
}

function retryHeaders({ attempts }: Delivery, retryNum: number): Record<string, string> {
  const previous = attempts.at(-1);
  if (retryNum === 0 || previous === undefined) return {};
  return { "x-slack-retry-num": String(retryNum), "x-slack-retry-reason": reasonOf(previous) };
}

function waitOf(deed: Deed): number {
  if ("late" in deed) return deed.late.by;
  return "delay" in deed ? deed.delay : 0;
}

const copiesOf = (deed: Deed | undefined) => (deed !== undefined && "duplicate" in deed ? deed.duplicate.copies : 0);

interface Sent {
  status?: number;
  answer?: string;
  failure?: string;
  isFinal: boolean;
}

async function send(url: string, body: string, headers: Record<string, string>): Promise<Sent> {
  try {
    const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
    const response = await fetch(url, { method: "POST", body, headers, redirect: "manual", signal });
    const answer = (await response.text()).slice(0, 2000);
    return { status: response.status, answer, isFinal: response.headers.get("x-slack-no-retry") === "1" };
  } catch (err) {
    const isTimeout = err instanceof Error && err.name === "TimeoutError";
    return { failure: isTimeout ? "http_timeout" : "connection_failed", isFinal: false };
  }
}

function headersFor(world: World, app: SlackApp, { body, deed }: { body: string; deed: Deed | undefined }) {
  const isStale = deed !== undefined && "staleTimestamp" in deed;
  const timestamp = String(Math.floor(world.clock.now() / 1000) - (isStale ? STALE_BY_S : 0));
  const isForged = deed !== undefined && "badSignature" in deed;
  const proof = signature(isForged ? `${app.signingSecret}-wrong` : app.signingSecret, timestamp, body);
  return {
    "content-type": "application/json",
    "user-agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
    "x-slack-request-timestamp": timestamp,
    "x-slack-signature": proof,
  };
}

export interface Deliverer {
  deliver: (event: InnerEvent) => void;
  resend: (id: string) => boolean;
  /** Newest last. */
  list: () => Delivery[];
  /** Points events to a URL after Slack's challenge was answered. */
  verify: (url: string) => Promise<boolean>;
}

function rowOf(world: World, app: SlackApp, event: InnerEvent): Delivery {
  const content = envelope(world, app, event);
  const [channel, messageTs] = [textField(event, "channel"), textField(event, "ts")];
  return {
    id: content.event_id,
    type: textField(event, "subtype") ?? event.type,
    ...(channel === undefined ? {} : { channel }),
    ...(messageTs === undefined ? {} : { messageTs }),
    body: JSON.stringify(content),
    state: app.eventsUrl === undefined ? "kept" : "pending",
    dueAt: world.clock.now(),
    attempts: [],
  };
}

/** One attempt, with the fault planned for it, on record. */
async function tryOnce(world: World, app: SlackApp, { row, retryNum }: { row: Delivery; retryNum: number }) {
  const fault = world.faults.meet({ sim: "slack", method: row.type, direction: "out", body: JSON.parse(row.body) });
  if (fault !== undefined) await pause(waitOf(fault.deed));
  const at = world.clock.now();
  const started = performance.now();
  const url = app.eventsUrl ?? "";
  const headers = { ...headersFor(world, app, { body: row.body, deed: fault?.deed }), ...retryHeaders(row, retryNum) };
  const isLost = fault !== undefined && "lose" in fault.deed;
  const result: Sent = isLost ? { failure: "lost by plan", isFinal: true } : await send(url, row.body, headers);
  for (let copy = 0; copy < copiesOf(fault?.deed); copy += 1) void send(url, row.body, headers);
  const { isFinal, ...outcome } = result;
  const ms = Math.round(performance.now() - started);
  world.traffic.record({
    at,
    sim: "slack",
    direction: "out",
    method: row.type,
    ms,
    request: row.body,
    response: outcome,
    status: outcome.status,
    ...(fault === undefined ? {} : { fault: fault.id }),
  });
  return { attempt: { at, ms, retryNum, ...outcome }, isFinal, isLost };
}

/** Sends events and remembers each attempt; deliveries that were waiting when the process died are taken up again. */
export function createDeliverer(world: World, app: SlackApp): Deliverer {
  const rows = world.store.collection("slack.deliveries", Delivery);
  const ended = rows.all().flatMap(({ id, state }) => (state === "pending" ? [] : [id]));
  const save = (row: Delivery) => {
    world.traffic.tell("slack.delivery", { channel: row.channel, id: row.id });
    if (row.state !== "pending") ended.push(row.id);
    if (ended.length > MAX_KEPT) rows.remove(ended.shift() ?? "");
    return rows.put(row.id, row);
  };

  const attempt = async (row: Delivery, retryNum: number): Promise<void> => {
    const { attempt: made, isFinal, isLost } = await tryOnce(world, app, { row, retryNum });
    const tried = { ...row, attempts: [...row.attempts, made] };
    const status = made.status ?? 0;
    const delay = app.retryDelaysMs[retryNum];
    if (isLost) save({ ...tried, state: "lost" });
    else if (status >= 200 && status < 300) save({ ...tried, state: "delivered" });
    else if (delay === undefined || isFinal) save({ ...tried, state: "failed" });
    else retryAt(save({ ...tried, dueAt: world.clock.now() + delay }), retryNum + 1);
  };
  const retryAt = (row: Delivery, retryNum: number) => {
    world.clock.schedule(row.dueAt, () => void attempt(row, retryNum));
  };

  for (const row of rows.all()) if (row.state === "pending") retryAt(row, row.attempts.length);

  return {
    deliver: (event) => {
      const row = save(rowOf(world, app, event));
      if (row.state === "pending") void attempt(row, 0);
    },
    resend: (id) => {
      const row = rows.get(id);
      if (row !== undefined && app.eventsUrl !== undefined) void attempt(row, row.attempts.length);
      return row !== undefined;
    },
    list: () => rows.all(),
    verify: async (url) => {
      const challenge = world.ids.next("", 40);
      const body = JSON.stringify({ token: "sim-verification-token", challenge, type: "url_verification" });
      const result = await send(url, body, headersFor(world, app, { body, deed: undefined }));
      const isRight = result.answer?.includes(challenge) ?? false;
      if (isRight) app.eventsUrl = url;
      return isRight;
    },
  };
}
