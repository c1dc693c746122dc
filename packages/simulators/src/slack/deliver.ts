/** Events as Slack sends them: answered within 3 s, or tried again after 0 s, 60 s and 300 s; interactions only once. */
import { z } from "zod";

import type { World } from "../world/world.ts";
import type { SlackApp } from "./entities.ts";
import { postSigned, type Sent } from "./signed-post.ts";
import type { Sockets } from "./sockets.ts";
import { createTransport, isReachable, type Parcel } from "./transport.ts";
import type { InnerEvent } from "./workspace.ts";

/** Ended deliveries that can still be looked at. */
const MAX_KEPT = 20_000;

export const Delivery = z.object({
  id: z.string(),
  kind: z.enum(["event", "interaction"]).default("event"),
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

/** Why Slack says that it tries again. */
function reasonOf({ status, failure = "" }: Delivery["attempts"][number]): string {
  if (status !== undefined) return "http_error";
  return failure.endsWith("timeout") ? failure : "connection_failed";
}

function parcelOf({ kind, type, body, attempts }: Delivery, retryNum: number): Parcel {
  const previous = attempts.at(-1);
  const isFirst = retryNum === 0 || previous === undefined;
  return { kind, type, body, retry: isFirst ? undefined : { attempt: retryNum, reason: reasonOf(previous) } };
}

export interface Deliverer {
  deliver: (event: InnerEvent) => void;
  /** Tells the app what a person pressed or submitted, once, and gives its answer. */
  interact: (interaction: Pick<Delivery, "type" | "channel" | "messageTs"> & { payload: object }) => Promise<Sent>;
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
    kind: "event",
    type: textField(event, "subtype") ?? event.type,
    ...(channel === undefined ? {} : { channel }),
    ...(messageTs === undefined ? {} : { messageTs }),
    body: JSON.stringify(content),
    state: isReachable(app, "event") ? "pending" : "kept",
    dueAt: world.clock.now(),
    attempts: [],
  };
}

const isGood = (status = 0) => status >= 200 && status < 300;

/** Rows as they end: each change is told to the page, and only so many ended ones are kept. */
function createRows({ store, traffic }: World) {
  const rows = store.collection("slack.deliveries", Delivery);
  const ended = rows.all().flatMap(({ id, state }) => (state === "pending" ? [] : [id]));
  const save = (row: Delivery) => {
    traffic.tell("slack.delivery", { channel: row.channel, id: row.id });
    if (row.state !== "pending") ended.push(row.id);
    if (ended.length > MAX_KEPT) rows.remove(ended.shift() ?? "");
    return rows.put(row.id, row);
  };
  return { ...rows, save };
}

/** Slack's challenge: a URL that answers it gets the events. */
async function verify(world: World, app: SlackApp, url: string): Promise<boolean> {
  const challenge = world.ids.next("", 40);
  const body = JSON.stringify({ token: "sim-verification-token", challenge, type: "url_verification" });
  const secret = app.signingSecret;
  const result = await postSigned({ url, body, contentType: "application/json", secret, now: world.clock.now() });
  const isRight = result.answer?.includes(challenge) ?? false;
  if (isRight) app.eventsUrl = url;
  return isRight;
}

/** Sends events and remembers each attempt; deliveries that were waiting when the process died are taken up again. */
export function createDeliverer(world: World, app: SlackApp, sockets: Sockets): Deliverer {
  const rows = createRows(world);
  const { save } = rows;
  const transport = createTransport(world, app, sockets);
  const waiting = new Map<string, { row: Delivery; retryNum: number }>();

  const attempt = async (row: Delivery, retryNum: number): Promise<void> => {
    const { at, ms, response, isFinal, isLost } = await transport(parcelOf(row, retryNum));
    const tried = { ...row, attempts: [...row.attempts, { at, ms, retryNum, ...response }] };
    const delay = app.retryDelaysMs[retryNum];
    if (isLost) save({ ...tried, state: "lost" });
    else if (isGood(response.status)) save({ ...tried, state: "delivered" });
    else if (delay === undefined || isFinal) save({ ...tried, state: "failed" });
    else retryAt(save({ ...tried, dueAt: world.clock.now() + delay }), retryNum + 1);
  };
  const retryAt = (row: Delivery, retryNum: number) => {
    const turn = { row, retryNum };
    waiting.set(row.id, turn);
    world.clock.schedule(row.dueAt, () => takeTurn(turn));
  };
  const takeTurn = (turn: { row: Delivery; retryNum: number }) => {
    if (waiting.get(turn.row.id) !== turn) return;
    waiting.delete(turn.row.id);
    void attempt(turn.row, turn.retryNum);
  };

  for (const row of rows.all()) if (row.state === "pending") retryAt(row, row.attempts.length);
  // What failed for want of a connection goes out as soon as there is one.
  sockets.onOpen(() => {
    for (const turn of waiting.values()) if (turn.row.attempts.at(-1)?.failure === "connection_failed") takeTurn(turn);
  });

  return {
    deliver: (event) => {
      const row = save(rowOf(world, app, event));
      if (row.state === "pending") void attempt(row, 0);
    },
    interact: async ({ payload, ...rest }) => {
      const body = JSON.stringify(payload);
      const base = {
        id: world.ids.next("Ia", 9),
        kind: "interaction" as const,
        ...rest,
        body,
        dueAt: world.clock.now(),
      };
      if (!isReachable(app, "interaction")) {
        save({ ...base, state: "kept", attempts: [] });
        return { failure: "connection_failed", isFinal: true };
      }
      const { at, ms, response, isFinal, isLost } = await transport({ ...base, retry: undefined });
      const state = isGood(response.status) ? "delivered" : "failed";
      save({ ...base, state: isLost ? "lost" : state, attempts: [{ at, ms, retryNum: 0, ...response }] });
      return { ...response, isFinal };
    },
    resend: (id) => {
      const row = rows.get(id);
      if (row !== undefined && isReachable(app, row.kind)) void attempt(row, row.attempts.length);
      return row !== undefined;
    },
    list: () => rows.all(),
    verify: (url) => verify(world, app, url),
  };
}
