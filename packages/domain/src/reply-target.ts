import { z } from "zod";

/** Where a run's progress and end belong: the Slack thread with its triggering message, or an issue or pull request. */
export const ReplyTarget = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("slack"), channel: z.string(), threadTs: z.string(), ts: z.string() }),
  z.strictObject({ kind: z.literal("github"), repo: z.string(), number: z.number().int().positive() }),
]);
export type ReplyTarget = z.infer<typeof ReplyTarget>;
