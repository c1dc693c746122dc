/** The queue as pure code sees it: events, claims, plans and promises. The ledger stores them; the gateway decides on them. */
import type { Json } from "./json.ts";

export type Provider = "slack" | "github" | "cron" | "hook" | "approval" | "admin";
export type EventSource = Provider | "system";
/** Ids only, at most 2 KiB as JSON; never message text. */
export type Refs = Readonly<Record<string, string | number | boolean>>;
/** Who asked, by the name their surface knows them under. */
export interface EventActors {
  slack?: string | undefined;
  github?: string | undefined;
  admin?: string | undefined;
}

export interface NewPromise {
  kind: string;
  stream: string;
  dedupeKey: string;
  payload: Json;
  anchorId?: string | undefined;
  triggerId?: string | undefined;
  notBefore?: number | undefined;
}
export interface QueuedEvent {
  id: string;
  source: EventSource;
  kind: string;
  correlationKey: string;
  anchorId?: string | undefined;
  human: boolean;
  urgent: boolean;
  interrupt: boolean;
  solo: boolean;
  externalAuthor: boolean;
  gate: "open" | "pending";
  actors: EventActors;
  sourceAt: number;
  receivedAt: number;
  attempts: number;
  payload: Json;
  payloadRev: number;
  refs: Refs;
}
/** A lane's lease with the events taken under it, in `(source_at, id)` order. */
export interface Claim {
  lane: string;
  anchorId?: string | undefined;
  fence: number;
  attempt: number;
  /** When this lane's present series of failures began. */
  firstFailedAt?: number | undefined;
  items: QueuedEvent[];
  more: boolean;
}
export interface PlanInput {
  lane: string;
  fence: number;
  /** Gates that a look-up has opened. */
  opens?: string[] | undefined;
  drops: { id: string; reason: string; scrub: boolean }[];
  deads: { id: string; reason: string }[];
  reroutes: { id: string; correlationKey: string; bind: "anchor" | "none"; payload?: Json | undefined }[];
  waits: { id: string; notBefore: number; error?: string | undefined }[];
  outbox?: NewPromise[] | undefined;
}
export type ClaimResult =
  | { kind: "accepted"; triggerId: string }
  | { kind: "busy"; pollAt: number }
  | { kind: "failed"; error: string; permanent: boolean; retryAfterMs?: number | undefined }
  | { kind: "unknown"; error: string }
  /** Given back unused, e.g. at shutdown: due at once, no attempt counted. */
  | { kind: "released" };
