/** What is stored with a run beside its prompt: what it was made of, and what people allowed it. */
import type { Json } from "@thor/domain/json";
import { z } from "zod";

const amount = z.number().optional();
export const RunFacts = z.object({
  /** Kinds and sizes of the prompt's blocks, in their order; the last one is what was asked. */
  blocks: z.array(z.object({ kind: z.string(), bytes: z.number(), sha256: z.string() })).optional(),
  /** Note files that the run's sessions may read and write. */
  memory: z.array(z.string()).optional(),
  model: z.object({ providerID: z.string(), modelID: z.string() }).optional(),
  variant: z.string().optional(),
  /** People outside the team, or machines, wrote some of it. */
  isTainted: z.boolean().optional(),
  /** Why the session is a new one. */
  replaced: z.string().optional(),
  allowance: z
    .object({
      scope: z.enum(["perRun", "perConversation", "perDay", "perUserDay", "perChannelDay"]),
      tokens: amount,
      usd: amount,
      toolCalls: amount,
      minutes: amount,
    })
    .optional(),
  /** Which limit ended the run. */
  overScope: z.string().optional(),
});
export type RunFacts = z.infer<typeof RunFacts>;

/** The facts of a stored run; those that cannot be read count as none. */
export const factsOf = ({ revs }: { revs?: Json | undefined }): RunFacts => RunFacts.safeParse(revs).data ?? {};

/** As JSON, without what is not set. */
export const storedFacts = (facts: RunFacts): Json => JSON.parse(JSON.stringify(facts));

/** What was asked: the last block of a prompt. */
export function askedIn(run: { prompt?: string | undefined; revs?: Json | undefined }): string {
  const bytes = factsOf(run).blocks?.at(-1)?.bytes;
  if (run.prompt === undefined || bytes === undefined) return "";
  return Buffer.from(run.prompt).subarray(-bytes).toString("utf8");
}

interface Asked {
  requesters: readonly { kind: string; id: string }[];
  replyTo?: { kind: string } | undefined;
}

/** Whose budget and whose share of the machine a run uses: whoever asked last. */
export function personOf({ requesters }: Asked): string {
  const last = requesters.at(-1);
  return last === undefined ? "" : `${last.kind}:${last.id}`;
}

export const channelOf = ({ replyTo }: { replyTo?: { kind: string; channel?: string } | undefined }) =>
  replyTo?.kind === "slack" ? replyTo.channel : undefined;
