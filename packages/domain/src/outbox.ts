/** Every kind of thing that Thor promises to say or do outside, as stored in the outbox. */
import { z } from "zod";

import { ApprovalDecision } from "./approval.ts";

/** Who pressed, reacted or wrote, on whichever surface. */
export const ControlActor = z.strictObject({
  kind: z.enum(["slack", "github", "admin", "viewer", "api"]),
  id: z.string().max(256),
  name: z.string().max(256).optional(),
});

/** What a person asked of a run, and where. */
const control = {
  by: ControlActor,
  via: z.enum(["button", "reaction", "word", "admin", "viewer", "api"]),
  clickId: z.string().max(256),
  channel: z.string().optional(),
  threadTs: z.string().optional(),
  messageTs: z.string().optional(),
  triggerId: z.string().optional(),
};

/** A person's wish to stop a conversation's work; carried out by the runner. */
export const StopRequest = z.strictObject({
  kind: z.literal("control.stop"),
  ...control,
  reason: z.string().max(500).optional(),
});
export type StopRequest = z.infer<typeof StopRequest>;

/** A person lets a run go on, or try again. */
const ContinueRequest = z.strictObject({ kind: z.literal("control.continue"), ...control });

/** A person's answer to a question or to a request for permission. */
const AnswerRequest = z.strictObject({
  kind: z.literal("control.answer"),
  ...control,
  cardId: z.string(),
  choice: z.string().max(1000).optional(),
  text: z.string().max(3000).optional(),
});

/** What a conversation said is to be gone wherever it is kept; written when the ledger forgets it. */
export const ForgetRequest = z.strictObject({ kind: z.literal("control.forget"), by: z.string() });

/** What a person asked of a conversation's runs, as stored in `control:` streams. */
export const ControlRequest = z.discriminatedUnion("kind", [StopRequest, ContinueRequest, AnswerRequest]);
export type ControlRequest = z.infer<typeof ControlRequest>;

/** A person's decision on its way to where approvals are kept, and the thread to tell if it cannot arrive. */
export const ApprovalClick = z.strictObject({
  kind: z.literal("approval.click"),
  decision: ApprovalDecision,
  channel: z.string(),
  threadTs: z.string(),
});
export type ApprovalClick = z.infer<typeof ApprovalClick>;

/** The stream of what people decide about one approval. */
export const clickStream = (approvalId: string) => `click:${approvalId}`;

const slackMessage = { channel: z.string(), threadTs: z.string() };

export const OutboxPayload = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("slack.post"),
    channel: z.string(),
    /** Without it the words stand in the channel by themselves. */
    threadTs: z.string().optional(),
    team: z.string().optional(),
    text: z.string().max(40_000),
  }),
  z.strictObject({
    kind: z.literal("slack.reaction"),
    channel: z.string(),
    ts: z.string(),
    team: z.string().optional(),
    name: z.string(),
    remove: z.boolean().optional(),
  }),
  /** Words that one person sees, for a while. */
  z.strictObject({
    kind: z.literal("slack.ephemeral"),
    ...slackMessage,
    team: z.string().optional(),
    user: z.string(),
    text: z.string().max(3000),
  }),
  /** A line below a card that still has buttons; a card that was settled meanwhile needs none. */
  z.strictObject({
    kind: z.literal("slack.card_line"),
    ...slackMessage,
    ts: z.string(),
    team: z.string().optional(),
    text: z.string().max(3000),
  }),
  /** Removes a message that an earlier promise posted, found by that promise's dedupe key. */
  z.strictObject({
    kind: z.literal("slack.retract"),
    ...slackMessage,
    team: z.string().optional(),
    promise: z.string(),
  }),
  /** On an issue or pull request (`id` is its number), or on a comment there. */
  z.strictObject({
    kind: z.literal("github.reaction"),
    repo: z.string(),
    on: z.enum(["issue_comment", "review_comment", "issue"]),
    id: z.number().int().positive(),
    content: z.enum(["eyes", "confused", "rocket"]),
  }),
  z.strictObject({
    kind: z.literal("github.comment"),
    repo: z.string(),
    number: z.number().int().positive(),
    body: z.string().max(60_000),
    /** Takes the place of the comment that an earlier promise posted, named by that promise's dedupe key. */
    edits: z.string().optional(),
  }),
]);
export type OutboxPayload = z.infer<typeof OutboxPayload>;

/** The stream of what people ask of one conversation's runs. */
export const controlStream = (anchorId: string) => `control:${anchorId}`;

/** The stream (and so the order) of everything said in one Slack thread. */
export const slackStream = (channel: string, threadTs: string) => `slack:${channel}/${threadTs}`;

/** The stream of what is said in a channel outside any thread. */
export const channelStream = (channel: string) => `slack:${channel}`;

/** The stream of everything said on one issue or pull request. */
export const githubStream = (fullName: string, number: number) => `github:${fullName}#${number}`;
