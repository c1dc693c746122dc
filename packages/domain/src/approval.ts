/** Approvals as services speak of them: the buttons of a card, a person's decision on its way, and what comes of it. */
import { z } from "zod";

/** Signs buttons and modals of approvals: `deriveKey(secret, "thor", "approval-button")`. */
export const APPROVAL_BUTTON_KEY = "approval-button";

/**
 * Everything that can be pressed or submitted, by Slack's `action_id` or `callback_id`. An overflow's options share
 * one `action_id`, so each signs its own name as well.
 */
export const APPROVAL_ACTIONS = {
  approve: "approval_approve",
  reject: "approval_reject",
  edit: "approval_edit",
  revoke: "approval_revoke",
  withdraw: "approval_more withdraw",
  grant: "approval_more grant",
  approveForm: "approval_approve_form",
  rejectForm: "approval_reject_form",
  editForm: "approval_edit_form",
} as const;
export type ApprovalAction = keyof typeof APPROVAL_ACTIONS;

/** What a button is about: an action as it was shown, at its place. */
export interface ApprovalButtonFacts {
  id: string;
  store: string;
  argsSha256: string;
  contextSha256: string;
  team: string;
  channel: string;
  threadTs: string;
}

/** The text under the HMAC-SHA-256 of one button. */
export function approvalButtonMessage(action: ApprovalAction, facts: ApprovalButtonFacts): string {
  const { id, store, argsSha256, contextSha256, team, channel, threadTs } = facts;
  return ["v4", APPROVAL_ACTIONS[action], id, store, argsSha256, contextSha256, team, channel, threadTs].join("\n");
}

/** `v4:<id>:<store>:<signature>`, as a button's value and as a modal's `private_metadata`. */
export const formatApprovalValue = ({ id, store }: { id: string; store: string }, signature: string) =>
  ["v4", id, encodeURIComponent(store), signature].join(":");

const VALUE = /^v4:([A-Za-z0-9_-]{1,128}):([A-Za-z0-9%._~!*'()-]{1,64}):([A-Za-z0-9_-]{43})$/;

/** Reads a value; undefined when it is none of ours. Nothing is proven yet. */
export function parseApprovalValue(value: string): { id: string; sig: string } | undefined {
  const [, id, , sig] = VALUE.exec(value) ?? [];
  return id === undefined || sig === undefined ? undefined : { id, sig };
}

const id = z.string().min(1).max(128);
const slackId = z.string().regex(/^[UW][A-Z0-9]{2,20}$/);
const MAX_REASON = 1000;

/** Where a decision was made; its id makes repeating it harmless. */
const ApprovalClickProof = z.discriminatedUnion("via", [
  z.strictObject({
    via: z.literal("slack"),
    id,
    team: z.string().max(64),
    channel: z.string().max(64),
    messageTs: z.string().max(64),
    sig: z.string().max(64),
  }),
  /** Admin has no message; it names the fingerprint it showed (`argsSha256`, `contextSha256`). */
  z.strictObject({
    via: z.literal("admin"),
    id,
    fingerprint: z.strictObject({ args: z.string(), context: z.string() }),
  }),
]);
export type ApprovalClickProof = z.infer<typeof ApprovalClickProof>;

/**
 * `POST /exec/approval` with the internal secret. `more` is a choice from the overflow (withdraw, or approve with a
 * grant): which one it is, only its signature says. `edit` carries the changed fields as JSON.
 */
export const ApprovalDecision = z.strictObject({
  args: z.union([
    z.tuple([z.literal("resolve"), id, z.enum(["approved", "rejected"]), slackId]),
    z.tuple([z.literal("resolve"), id, z.enum(["approved", "rejected"]), slackId, z.string().max(MAX_REASON)]),
    z.tuple([z.literal("more"), id, slackId]),
    z.tuple([z.literal("edit"), id, slackId, z.string().max(64 * 1024)]),
    z.tuple([z.literal("revoke"), id, slackId]),
  ]),
  click: ApprovalClickProof,
});
export type ApprovalDecision = z.infer<typeof ApprovalDecision>;

/** The stdout of a definite answer (HTTP 200), as JSON; exit code 0 unless refused. 429 and 5xx: ask again. */
export const ApprovalAnswer = z.discriminatedUnion("kind", [
  /** The person was told why, ephemerally. */
  z.object({ kind: z.literal("refused"), rule: z.string(), text: z.string() }),
  z.object({ kind: z.literal("counted"), have: z.number(), need: z.number() }),
  z.object({ kind: z.literal("final"), state: z.enum(["done", "failed", "rejected", "expired"]) }),
  z.object({ kind: z.literal("replaced"), id }),
  z.object({ kind: z.literal("revoked") }),
]);
export type ApprovalAnswer = z.infer<typeof ApprovalAnswer>;

const operator = z.string().min(1).max(128);

/**
 * `POST /internal/approval`: what an operator does about a request besides deciding it. A request whose outcome is
 * unknown is noted to have happened or not; a card is posted afresh, and the old one retired; a request is taken back.
 */
export const ApprovalSteering = z.discriminatedUnion("act", [
  z.strictObject({
    act: z.literal("settle"),
    id,
    happened: z.boolean(),
    by: operator,
    reason: z.string().min(1).max(MAX_REASON),
  }),
  z.strictObject({ act: z.literal("repost"), id, by: operator }),
  z.strictObject({ act: z.literal("withdraw"), id, by: operator, reason: z.string().max(MAX_REASON).optional() }),
]);
export type ApprovalSteering = z.infer<typeof ApprovalSteering>;

/** What came of it; the store being down is a 503. */
export const ApprovalSteered = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("done") }),
  z.object({ kind: z.literal("refused"), text: z.string() }),
]);
export type ApprovalSteered = z.infer<typeof ApprovalSteered>;

/** The payload of the event that tells a conversation how a request ended; no raw output. */
export const ApprovalOutcome = z.object({
  actionId: z.string(),
  decision: z.enum(["approved", "rejected"]),
  reviewer: z.string(),
  channel: z.string(),
  threadTs: z.string(),
  upstreamName: z.string(),
  tool: z.string(),
  messageTs: z.string().nullish(),
  resolutionStatus: z.enum(["approved", "rejected"]),
  resolutionSummary: z.string().optional(),
  resolutionExitCode: z.number(),
  resolutionSideEffectAttempted: z.boolean(),
  state: z.enum(["done", "failed", "rejected", "expired"]),
  why: z.string().optional(),
  reason: z.string().optional(),
  replaces: z.string().optional(),
  editedFields: z.array(z.string()).optional(),
});
export type ApprovalOutcome = z.infer<typeof ApprovalOutcome>;

/** `approvals.presentation`: how a request is shown, and what a reviewer may change before deciding. */
export const ApprovalPresentation = z.object({
  title: z.string(),
  /** Arguments shown first, in this order. */
  fields: z.array(z.string()),
  /** Authored text by field, as the edit form begins with it. */
  editable: z.record(z.string(), z.string()),
  confirm: z.boolean(),
  alwaysAsk: z.boolean(),
  editedBy: z.string().optional(),
  editedFields: z.array(z.string()).optional(),
});
export type ApprovalPresentation = z.infer<typeof ApprovalPresentation>;

/** `approvals.policy`: the rule as it matched when the request was made; for showing, decisions read the rule anew. */
export const ApprovalPolicyShown = z.object({
  approvers: z.array(z.string()),
  selfApproval: z.boolean(),
  quorum: z.number(),
  requireReason: z.enum(["never", "reject", "always"]),
  grantMs: z.number().optional(),
});
export type ApprovalPolicyShown = z.infer<typeof ApprovalPolicyShown>;

/** The thread of a card that stands in a channel by itself. */
export const NO_THREAD = "none";
