import { Actor } from "@thor/domain/actor";
import type { Json } from "@thor/domain/json";
import { ReplyTarget } from "@thor/domain/reply-target";
import { EndedRunStatus, OpenRunStatus, RunCause, type RunStatus } from "@thor/domain/run";
import { z } from "zod";

import { count, fence, json, line, MAX_PROMPT, MAX_SMALL, name, rowId, timeMs, wholeText, words } from "./field.ts";
import { Promises } from "./outbox.ts";
import { UsageOwner } from "./status.ts";

const total = count.optional();
export const RunTotals = z.strictObject({
  tools: total,
  errors: total,
  tokensInput: total,
  tokensOutput: total,
  tokensReasoning: total,
  tokensCacheRead: total,
  tokensCacheWrite: total,
  costMicros: total,
  unpricedTokens: total,
});
export type RunTotals = z.infer<typeof RunTotals>;

const prompt = wholeText(MAX_PROMPT);
const requesters = z.array(Actor).max(100);
const asked = {
  triggerId: rowId,
  anchorId: rowId,
  source: name,
  correlationKey: name.optional(),
  requesters,
  replyTo: ReplyTarget.optional(),
  promptMessageId: rowId,
  holder: name,
};
export const OpenTriggerInput = z.strictObject({
  ...asked,
  dispatchId: rowId,
  lane: name,
  fence,
  sessionId: rowId,
  prompt,
  promptPartId: rowId,
  interrupt: z.boolean(),
  revs: json(MAX_SMALL).optional(),
});
export type OpenTriggerInput = z.input<typeof OpenTriggerInput>;
export type TriggerOpened =
  | { kind: "opened"; triggerId: string; runFence: number }
  | { kind: "already_open"; triggerId: string; sessionId?: string | undefined }
  | { kind: "busy"; triggerId: string }
  | { kind: "stale_fence" };
export const OpenOwnTriggerInput = z.strictObject({
  ...asked,
  cause: RunCause.exclude(["dispatch"]),
  sessionId: rowId.optional(),
  promptPartId: rowId.optional(),
  prompt: prompt.optional(),
  revs: json(MAX_SMALL).optional(),
});
export type OpenOwnTriggerInput = z.input<typeof OpenOwnTriggerInput>;

const changes = z.strictObject({
  status: OpenRunStatus.optional(),
  sessionId: rowId.optional(),
  promptMessageId: rowId.optional(),
  promptPartId: rowId.optional(),
  prompt: prompt.optional(),
  promptSentAt: timeMs.optional(),
  lastEventAt: timeMs.optional(),
  park: json(MAX_SMALL).optional(),
  reason: line(200).optional(),
  error: words(2000).optional(),
  revs: json(MAX_SMALL).optional(),
  totals: RunTotals.optional(),
});
/** What the new totals add to the old ones goes to the hour's sums of this owner, in the same transaction. */
const usage = UsageOwner.optional();
export const SetTriggerInput = z.strictObject({
  triggerId: rowId,
  runFence: fence,
  set: changes,
  usage,
  outbox: Promises.optional(),
});
export const CloseTriggerInput = z.strictObject({
  triggerId: rowId,
  runFence: fence,
  status: EndedRunStatus,
  reason: line(200).optional(),
  error: words(2000).optional(),
  totals: RunTotals.optional(),
  usage,
  /** Promises about how it ended, in the same transaction. */
  outbox: Promises.optional(),
});
export interface Run extends Required<{ [K in keyof RunTotals]: number }> {
  id: string;
  dispatchId: string;
  cause: RunCause;
  anchorId: string;
  sessionId?: string | undefined;
  source: string;
  correlationKey?: string | undefined;
  requesters: Actor[];
  replyTo?: ReplyTarget | undefined;
  status: RunStatus;
  prompt?: string | undefined;
  promptMessageId: string;
  promptPartId?: string | undefined;
  park?: Json | undefined;
  reason?: string | undefined;
  error?: string | undefined;
  revs?: Json | undefined;
  startedAt: number;
  promptSentAt?: number | undefined;
  lastEventAt?: number | undefined;
  endedAt?: number | undefined;
}

/** Sums over all runs of a conversation, ended and open. */
export interface ConversationUsage {
  tokens: number;
  costMicros: number;
  unpricedTokens: number;
  toolCalls: number;
  wallMs: number;
}

export const StepInput = z.strictObject({
  partId: rowId,
  sessionId: rowId,
  messageId: rowId,
  type: name,
  role: name.optional(),
  /** Order of first sight within the run. */
  firstSeq: count,
  /** An older rev than the stored one is ignored. */
  rev: count,
  state: json(512 * 1024),
  truncated: z.boolean(),
});
export type StepInput = z.input<typeof StepInput>;
export const UpsertPartsInput = z.strictObject({
  triggerId: rowId,
  runFence: fence,
  anchorId: rowId,
  parts: z.array(StepInput).max(200),
});
export interface Step extends StepInput {
  triggerId?: string | undefined;
  updatedAt: number;
}

export const ProgressInput = z.strictObject({
  triggerId: rowId,
  channel: name,
  threadTs: name,
  messageTs: name.optional(),
  rev: count,
  digest: name,
  /** `live` while the run goes on, `final` after its last text, `gone` when somebody deleted it. */
  state: z.enum(["live", "final", "gone"]),
});
export type ProgressMessage = z.infer<typeof ProgressInput>;
