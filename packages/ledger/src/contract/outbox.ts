import type { Json } from "@thor/domain/json";
import { z } from "zod";

import { count, ERROR_CHARS, fence, json, MAX_PROMISE, name, rowId, timeMs, ttlMs, words } from "./field.ts";

/** Something that Thor will say or do outside; `dedupeKey` makes asking twice one promise. */
export const NewPromise = z.strictObject({
  kind: name,
  stream: name,
  dedupeKey: name,
  payload: json(MAX_PROMISE),
  anchorId: rowId.optional(),
  triggerId: rowId.optional(),
  notBefore: timeMs.optional(),
});
export type StoredPromise = z.output<typeof NewPromise>;
export const Promises = z.array(NewPromise).max(256);

export interface PromiseItem {
  id: string;
  kind: string;
  stream: string;
  dedupeKey: string;
  payload: Json;
  anchorId?: string | undefined;
  triggerId?: string | undefined;
  attempts: number;
  createdAt: number;
  /** An earlier holder died with it in hand, or a send had an unknown end: ask the other side before sending. */
  maybeSent: boolean;
}
export interface PromiseClaim {
  stream: string;
  fence: number;
  item: PromiseItem;
}
const PROMISE_STATES = ["pending", "claimed", "done", "failed", "held"] as const;
export type PromiseState = (typeof PROMISE_STATES)[number];

const error = words(ERROR_CHARS);
const SendResult = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("sent"), result: json(MAX_PROMISE).optional() }),
  z.strictObject({ kind: z.literal("retry"), notBefore: timeMs, error }),
  z.strictObject({ kind: z.literal("unknown"), notBefore: timeMs, error }),
  z.strictObject({ kind: z.literal("failed"), error }),
]);
export type SendResult = z.input<typeof SendResult>;

export const SettleOutboxInput = z.strictObject({ stream: name, fence, id: rowId, result: SendResult });

export const WithdrawPromiseInput = z.strictObject({ id: rowId });

/** Who drains which streams is told by the word before the colon. */
const STREAM_KINDS = ["slack", "github", "click", "approval", "control"] as const;
export const ClaimOutboxInput = z.strictObject({
  holder: name,
  max: z.number().int().min(0).max(256),
  ttlMs,
  streams: z.array(z.enum(STREAM_KINDS)).min(1),
});
export type ClaimOutboxInput = z.input<typeof ClaimOutboxInput>;

export const ReleaseHeldInput = z.strictObject({
  ids: z.array(rowId).max(200).optional(),
  by: name,
  reason: words(500),
});
export type PromiseRow = Omit<PromiseItem, "maybeSent" | "payload"> & {
  state: PromiseState;
  lastError?: string | undefined;
  settledAt?: number | undefined;
  version: number;
};
export const RetryPromiseInput = z.strictObject({ id: rowId, version: count, by: name });
