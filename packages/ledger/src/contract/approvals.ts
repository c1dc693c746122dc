import type { Json } from "@thor/domain/json";
import { z } from "zod";

import type { ApprovalState } from "../pure/approval-state.ts";
import { EventActors } from "./admission.ts";
import { AuditInput } from "./evidence.ts";
import {
  count,
  dedupeText,
  ERROR_CHARS,
  fence,
  json,
  MAX_PROMISE,
  MAX_PAYLOAD,
  MAX_SMALL,
  name,
  refs,
  rowId,
  timeMs,
  words,
} from "./field.ts";
import { Promises } from "./outbox.ts";

const REJECTED_WHY = ["reviewer", "withdrawn", "stopped", "edited", "veto", "post_failed"] as const;
const SIDE_EFFECTS = ["none", "attempted", "unknown"] as const;
type SideEffect = (typeof SIDE_EFFECTS)[number];

/** The event that tells the conversation how a request ended; its key makes a repeat harmless. */
const OutcomeEvent = z.strictObject({
  key: dedupeText,
  correlationKey: name,
  actors: EventActors,
  refs,
  payload: json(MAX_PAYLOAD),
});
/** What is written in the same transaction as a transition: its proof, what people see, what the agent hears. */
const Told = z.strictObject({ audit: AuditInput, outbox: Promises.optional(), event: OutcomeEvent.optional() });
export type Told = z.output<typeof Told>;
const told = { told: Told };

const json1 = json(MAX_PAYLOAD);
const small = json(MAX_SMALL);
const request = z.strictObject({
  id: rowId,
  store: name,
  tool: name,
  targetKey: name,
  profile: name.optional(),
  args: json1,
  argsSha256: name,
  contextSha256: name,
  authoredArgs: json1,
  injected: json1,
  presentation: json1,
  requesters: small,
  rule: name,
  policy: small,
  anchorId: rowId,
  sessionId: rowId,
  triggerId: rowId.optional(),
  channel: name,
  threadTs: name,
  expiresAt: timeMs,
});
/** A request for a human's yes. With `grantId` it runs at once under that grant. */
export const CreateApprovalInput = z.strictObject({ request, maxPending: count, ...told });
export type ApprovalRequest = z.output<typeof request>;
/** An edit: the old request ends `rejected` (edited), the new one takes its place. */
export const ReplaceApprovalInput = z.strictObject({ replaces: rowId, request, ...told });
export const CastVoteInput = z.strictObject({
  id: rowId,
  voter: name,
  decision: z.enum(["approved", "rejected"]),
  reason: words(1000).optional(),
  clickId: name,
  via: z.enum(["slack", "admin"]),
  quorum: z.number().int().min(1).max(100),
  /** Everybody among the earlier voters who may still vote; the others drop out of the count. */
  eligible: z.array(name).max(1000),
  ...told,
});
export const BeginExecutionInput = z.strictObject({
  id: rowId,
  fence,
  argsSha256: name,
  contextSha256: name,
  quorum: z.number().int().min(0).max(100),
  eligible: z.array(name).max(1000),
  ...told,
});
export const MarkSideEffectInput = z.strictObject({ id: rowId, fence });
export const FinishExecutionInput = z.strictObject({
  id: rowId,
  fence,
  state: z.enum(["done", "failed"]),
  sideEffect: z.enum(SIDE_EFFECTS),
  result: json(MAX_PROMISE).optional(),
  error: words(ERROR_CHARS).optional(),
  ...told,
});
export const CloseApprovalInput = z.strictObject({
  id: rowId,
  fence,
  state: z.enum(["rejected", "expired"]),
  why: z.enum(REJECTED_WHY).optional(),
  reason: words(1000).optional(),
  ...told,
});
/** A person's word on what an unknown outcome really was; the state stays failed. */
export const NoteOutcomeInput = z.strictObject({
  id: rowId,
  version: count,
  happened: z.boolean(),
  by: name,
  reason: words(1000),
  ...told,
});

export interface Approval extends Omit<z.input<typeof request>, "requesters"> {
  requesters: Json;
  state: ApprovalState;
  why?: string | undefined;
  reason?: string | undefined;
  replaces?: string | undefined;
  replacedBy?: string | undefined;
  grantId?: string | undefined;
  messageTs?: string | undefined;
  fence: number;
  version: number;
  result?: Json | undefined;
  error?: string | undefined;
  sideEffect: SideEffect;
  sideEffectAt?: number | undefined;
  outcomeNote?: string | undefined;
  createdAt: number;
  decidedAt?: number | undefined;
  executingAt?: number | undefined;
  finishedAt?: number | undefined;
  votes: { voter: string; decision: "approved" | "rejected"; reason?: string | undefined; via: string; at: number }[];
}
export type AlreadyDecided = { kind: "already"; state: ApprovalState } | { kind: "unknown" };

const grantScope = z.enum(["conversation", "content", "repo"]);
export const CreateGrantInput = z.strictObject({
  id: rowId,
  store: name,
  tool: name,
  targetKey: name,
  rule: name,
  scopeKind: grantScope,
  scopeKey: name,
  fingerprint: name.optional(),
  requesters: small,
  maxUses: count.optional(),
  createdBy: name,
  approvers: small,
  expiresAt: timeMs,
  ...told,
});
/** Takes one use and leaves a `done`-to-be approval that already executes, in one write. */
export const UseGrantInput = z.strictObject({ id: rowId, version: count, request, ...told });
export const RevokeGrantInput = z.strictObject({ id: rowId, by: name, reason: words(500), ...told });
export interface Grant {
  id: string;
  store: string;
  tool: string;
  targetKey: string;
  rule: string;
  scopeKind: z.infer<typeof grantScope>;
  scopeKey: string;
  fingerprint?: string | undefined;
  requesters: Json;
  maxUses?: number | undefined;
  uses: number;
  createdBy: string;
  approvers: Json;
  createdAt: number;
  expiresAt: number;
  revokedAt?: number | undefined;
  version: number;
}

const CARD_STATES = ["open", "answered", "expired", "withdrawn"] as const;
type CardState = (typeof CARD_STATES)[number];
const cardKind = z.enum(["question", "permission", "budget", "notice"]);
export const OpenCardInput = z.strictObject({
  id: rowId,
  kind: cardKind,
  refId: name,
  anchorId: rowId,
  triggerId: rowId.optional(),
  channel: name,
  threadTs: name,
  payload: json(MAX_PROMISE),
  expiresAt: timeMs,
  outbox: Promises.optional(),
});
export const ActOnCardInput = z.strictObject({
  id: rowId,
  version: count,
  state: z.enum(["answered", "expired", "withdrawn"]),
  result: json(MAX_SMALL).optional(),
  by: name,
  outbox: Promises.optional(),
});
export const CloseCardsInput = z.strictObject({
  anchorId: rowId,
  triggerId: rowId.optional(),
  state: z.enum(["expired", "withdrawn"]),
  by: name,
});
export const PlaceMessageInput = z.strictObject({
  table: z.enum(["approvals", "cards"]),
  id: rowId,
  channel: name,
  messageTs: name,
});
export interface Card {
  id: string;
  kind: z.infer<typeof cardKind>;
  refId: string;
  anchorId: string;
  triggerId?: string | undefined;
  channel: string;
  threadTs: string;
  messageTs?: string | undefined;
  state: CardState;
  payload: Json;
  result?: Json | undefined;
  actedBy?: string | undefined;
  createdAt: number;
  expiresAt: number;
  actedAt?: number | undefined;
  version: number;
}
export type Located =
  | {
      kind: "known";
      what: "card" | "approval" | "progress" | "promise" | "event";
      id: string;
      anchorId?: string | undefined;
      triggerId?: string | undefined;
    }
  | { kind: "unknown" };
