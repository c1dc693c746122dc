import type { EventActors as KnownActors, Provider as KnownProvider } from "@thor/domain/queue";
import { z } from "zod";

import { dedupeText, json, line, MAX_PAYLOAD, name, refs, rowId, timeMs } from "./field.ts";
import { NewPromise, Promises } from "./outbox.ts";

const PROVIDERS = ["slack", "github", "cron", "hook", "approval", "admin"] as const satisfies readonly KnownProvider[];
const Provider = z.enum(PROVIDERS);
const EventSource = z.enum([...PROVIDERS, "system"]);

/** Who asked, by the name their surface knows them under. */
export const EventActors = z.strictObject({
  slack: name.optional(),
  github: name.optional(),
  admin: name.optional(),
}) satisfies z.ZodType<KnownActors>;

/** An event as it enters the queue. */
export const NewEvent = z.strictObject({
  source: EventSource,
  kind: name,
  correlationKey: name,
  bind: z.enum(["anchor", "none"]),
  lane: name.optional(),
  /** Addresses a conversation that is known already, whatever the key says. */
  anchorId: rowId.optional(),
  human: z.boolean(),
  urgent: z.boolean(),
  interrupt: z.boolean(),
  solo: z.boolean().optional(),
  gate: z.enum(["open", "pending"]),
  actors: EventActors,
  externalAuthor: z.boolean(),
  sourceAt: timeMs,
  payload: json(MAX_PAYLOAD),
});
export type NewEvent = z.output<typeof NewEvent>;

const delivery = {
  provider: Provider,
  deliveryKey: dedupeText,
  eventType: line(128),
  action: line(128).optional(),
  refs,
};
export const AdmitInput = z.strictObject({
  ...delivery,
  messageKey: dedupeText.optional(),
  event: NewEvent,
  outbox: Promises.optional(),
});
export type AdmitInput = z.input<typeof AdmitInput>;
export type Admission = z.output<typeof AdmitInput>;
export type Admitted =
  | { kind: "accepted"; eventId: string; anchorId?: string | undefined; lane: string; dueAt: number }
  | { kind: "duplicate"; by: "delivery" | "message"; eventId?: string | undefined };

export const IgnoredInput = z.strictObject({ ...delivery, reason: line(128) });
export type IgnoredInput = z.input<typeof IgnoredInput>;

export const ClickInput = z.strictObject({ promise: NewPromise, refs });

const message = { provider: Provider, messageKey: dedupeText };
export const AmendInput = z.strictObject({
  ...message,
  payload: json(MAX_PAYLOAD),
  addFlags: z.array(z.enum(["urgent", "interrupt"])).optional(),
});
export const CancelInput = z.strictObject({ ...message, reason: line(128), by: line(256) });
export type NotReady = { kind: "not_ready"; state: string } | { kind: "unknown" };
export type Engagement = { engaged: false } | { engaged: true; anchorId: string; muted: boolean };
