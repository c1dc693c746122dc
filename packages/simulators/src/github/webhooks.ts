/** Webhooks as GitHub sends them: signed, listed, and never repeated by themselves. */
import { createHash, createHmac } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";

import { z } from "zod";

import { createFates, type Fate } from "../control/outgoing.ts";
import type { World } from "../world/world.ts";
import type { Hub } from "./hub.ts";

const ANSWER_WITHIN_MS = 10_000;

const HookDelivery = z.object({
  guid: z.string(),
  event: z.string(),
  action: z.string().nullable(),
  at: z.number(),
  body: z.string(),
  /** What was answered last; 0 when nobody did. */
  status: z.number().optional(),
  answer: z.string().optional(),
  attempts: z.number(),
  isLost: z.boolean(),
});
type HookDelivery = z.infer<typeof HookDelivery>;

export interface Webhooks {
  send: (event: string, payload: object) => void;
  /** The same delivery again, under its GUID; false when there is none of that GUID. */
  redeliver: (guid: string) => boolean;
  list: () => HookDelivery[];
}

function uuidOf(text: string): string {
  const hex = createHash("sha256").update(text).digest("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    "-",
  );
}

const Action = z.object({ action: z.string() });

function headersOf(hub: Hub, { guid, event, body }: HookDelivery, { isForged }: Fate): Record<string, string> {
  const sign = (algorithm: string) =>
    createHmac(algorithm, isForged ? `${hub.webhookSecret}-wrong` : hub.webhookSecret)
      .update(body)
      .digest("hex");
  return {
    "content-type": "application/json",
    "user-agent": "GitHub-Hookshot/sim",
    "x-github-delivery": guid,
    "x-github-event": event,
    "x-github-hook-id": "1",
    "x-github-hook-installation-target-id": String(hub.app.id),
    "x-github-hook-installation-target-type": "integration",
    "x-hub-signature": `sha1=${sign("sha1")}`,
    "x-hub-signature-256": `sha256=${sign("sha256")}`,
  };
}

type Answered = Partial<Pick<HookDelivery, "status" | "answer">>;

async function post(url: string, body: string, headers: Record<string, string>): Promise<Answered> {
  try {
    const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
    const response = await fetch(url, { method: "POST", body, headers, signal, redirect: "manual" });
    return { status: response.status, answer: (await response.text()).slice(0, 2000) };
  } catch {
    return { status: 0, answer: "" };
  }
}

export function createWebhooks(world: World, hub: Hub, url: string | undefined): Webhooks {
  const rows = world.store.collection("github.deliveries", HookDelivery);
  const fateOf = createFates(world);

  const copies = async (target: string, row: HookDelivery, fate: Fate) => {
    for (let copy = 0; copy < fate.copies; copy += 1) {
      await pause(fate.gapMs);
      void post(target, row.body, headersOf(hub, row, fate));
    }
  };
  const deliver = async (row: HookDelivery): Promise<void> => {
    if (url === undefined) return;
    const { event, body } = row;
    const fate = await fateOf({ sim: "github", method: event, body: JSON.parse(body) });
    const at = world.clock.now();
    const started = performance.now();
    void copies(url, row, fate);
    const attempts = row.attempts + 1;
    const result: Answered = fate.isLost ? {} : await post(url, body, headersOf(hub, row, fate));
    rows.put(row.guid, { ...row, ...result, attempts, isLost: fate.isLost });
    const ms = Math.round(performance.now() - started);
    const fault = fate.fault === undefined ? {} : { fault: fate.fault };
    const line = { at, sim: "github", direction: "out" as const, method: event, ms, request: body, response: result };
    world.traffic.record({ ...line, status: result.status, ...fault });
    world.traffic.tell("github", { event });
  };

  return {
    send: (event, payload) => {
      const guid = uuidOf(world.ids.next("hook-", 20));
      const action = Action.safeParse(payload).data?.action ?? null;
      const base = { guid, event, action, at: world.clock.now(), body: JSON.stringify(payload) };
      void deliver(rows.put(guid, { ...base, attempts: 0, isLost: false }));
    },
    redeliver: (guid) => {
      const row = rows.get(guid);
      if (row !== undefined) void deliver(row);
      return row !== undefined;
    },
    list: () => rows.all(),
  };
}
