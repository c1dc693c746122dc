/** A prompt that a clock asked for: what POST /cron takes and answers, and what an event of it keeps. */
import { z } from "zod";

const KEY_CHARS = 512;

/** The body of POST /cron; unknown fields are dropped. */
export const CronRequest = z.object({
  prompt: z.string().refine((text) => text.trim() !== "", "is empty"),
  directory: z.string().min(1).max(4096),
  correlationKey: z
    .string()
    .max(KEY_CHARS)
    .regex(/^\P{C}+$/u, "must be printable characters")
    .optional(),
});
export type CronRequest = z.infer<typeof CronRequest>;

/** What POST /cron answers once the event is committed; a repeat answers what the first one did. */
export const CronAnswer = z.object({
  ok: z.literal(true),
  correlationKey: z.string(),
  eventId: z.string().optional(),
  duplicate: z.boolean().optional(),
});

/** The payload of an event row whose source is `cron`. */
export const CronEvent = z.object({ prompt: z.string(), repo: z.string(), directory: z.string() });
export type CronEvent = z.infer<typeof CronEvent>;
