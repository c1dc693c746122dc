/** The contract of POST /trigger: what the gateway's dispatcher, operators and tests hand to the runner. */
import { z } from "zod";

import { Actor } from "./actor.ts";
import { ReplyTarget } from "./reply-target.ts";

const id = z.string().min(1).max(256);

/** Fields that every caller may give; prompts are bounded to 2 MiB. */
const common = {
  prompt: z
    .string()
    .min(1)
    .max(2 * 1024 * 1024),
  directory: z.string().min(1).max(4096),
  correlationKey: z.string().min(1).max(512).optional(),
  triggerSlackId: id.optional(),
  triggerGithubLogin: id.optional(),
  interrupt: z.boolean().optional(),
};

/** The gateway's form: carries the claim it was made under, so a repeat or a stale claim is recognised. */
export const DispatchedTrigger = z.strictObject({
  ...common,
  correlationKey: z.string().min(1).max(512),
  anchorId: id,
  dispatchId: id,
  lane: z.string().min(1).max(600),
  fence: z.number().int().positive(),
  eventIds: z.array(id).min(1).max(50),
  requesters: z.array(Actor).max(200),
  replyTo: ReplyTarget.optional(),
  sources: z.array(z.string()).max(50),
});
export type DispatchedTrigger = z.infer<typeof DispatchedTrigger>;

/** The form of operators and tests: the runner finds or mints the conversation itself. */
export const DirectTrigger = z.strictObject({ ...common, sessionId: id.optional(), stream: z.boolean().optional() });
export type DirectTrigger = z.infer<typeof DirectTrigger>;

/** What the runner answers with status 200. */
export const TriggerAnswer = z.union([
  z.object({
    accepted: z.literal(true),
    sessionId: z.string(),
    resumed: z.boolean(),
    triggerId: z.string(),
    duplicate: z.boolean().optional(),
  }),
  z.object({ busy: z.literal(true) }),
]);
export type TriggerAnswer = z.infer<typeof TriggerAnswer>;

/** The hint that a conversation's run ended; the ledger has already made its lanes due. */
export const RunnerIdle = z.strictObject({ anchorId: id, triggerId: id, status: z.string().max(64) });
export type RunnerIdle = z.infer<typeof RunnerIdle>;
