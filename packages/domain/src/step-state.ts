/** What the runner keeps of a step's latest state, as pages read it again. */
import { z } from "zod";

const text = z.string();

export const ToolStep = z.object({
  tool: text,
  callId: text.optional(),
  status: z.enum(["pending", "running", "completed", "error"]),
  title: text.optional(),
  /** The arguments as JSON text; cut in the middle when they are long. */
  input: text.default("{}"),
  output: text.default(""),
  exit: z.number().optional(),
  startedAt: z.number().optional(),
  endedAt: z.number().optional(),
  /** What an edit changed, as a unified diff. */
  diff: text.optional(),
  /** The session that a sub-agent works in. */
  childSessionId: text.optional(),
});
export type ToolStep = z.infer<typeof ToolStep>;

/** Words of the agent, or what it thought. */
export const WordsStep = z.object({ text, endedAt: z.number().optional() });
export type WordsStep = z.infer<typeof WordsStep>;

/** The end of one call of the model, with what it used. */
export const EndStep = z.object({
  reason: text.optional(),
  cost: z.number().default(0),
  tokens: z.object({
    input: z.number().default(0),
    output: z.number().default(0),
    reasoning: z.number().default(0),
    cache: z.object({ read: z.number().default(0), write: z.number().default(0) }),
  }),
});
export type EndStep = z.infer<typeof EndStep>;
