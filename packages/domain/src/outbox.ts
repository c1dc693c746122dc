/** Every kind of thing that Thor promises to say or do outside, as stored in the outbox. */
import { z } from "zod";

const slackMessage = { channel: z.string(), threadTs: z.string() };

export const OutboxPayload = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("slack.post"),
    ...slackMessage,
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
  /** Removes a message that an earlier promise posted, found by that promise's dedupe key. */
  z.strictObject({
    kind: z.literal("slack.retract"),
    ...slackMessage,
    team: z.string().optional(),
    promise: z.string(),
  }),
]);
export type OutboxPayload = z.infer<typeof OutboxPayload>;

/** The stream (and so the order) of everything said in one Slack thread. */
export const slackStream = (channel: string, threadTs: string) => `slack:${channel}/${threadTs}`;
