/** The contract between agent-cli and remote-cli: what may be asked and how the answer reads. */
import { z } from "zod";

const MAX_ARGS = 512;
const MAX_ARG_CHARS = 128 * 1024;
const MAX_ARGS_CHARS = 1024 * 1024;

const noNul = (text: string) => !text.includes("\0");

/** Arguments of a command as the agent gave them: bounded, without NUL. */
export const Args = z
  .array(z.string().max(MAX_ARG_CHARS).refine(noNul, "must not contain NUL"))
  .max(MAX_ARGS)
  .refine((args) => args.reduce((sum, arg) => sum + arg.length, 0) <= MAX_ARGS_CHARS, "are longer than 1 MiB together");

const cwd = z.string().max(4096).refine(noNul, "must not contain NUL");

export const ExecRequest = z.strictObject({ args: Args, cwd: cwd.optional(), stdin: z.string().optional() });
export type ExecRequest = z.infer<typeof ExecRequest>;

const InlineFile = z.strictObject({ path: z.string().min(1).max(4096), dataBase64: z.base64() });
export const SlackPostRequest = z.strictObject({
  args: Args,
  cwd: cwd.optional(),
  stdin: z.string(),
  inlineFiles: z.array(InlineFile).max(10).optional(),
});
export type SlackPostRequest = z.infer<typeof SlackPostRequest>;

/** A mode fixes what is done, for callers that build the request themselves; without it the arguments say it. */
export const SandboxRequest = z
  .strictObject({
    args: Args.default([]),
    cwd: cwd.optional(),
    mode: z.enum(["exec", "create", "stop", "list"]).optional(),
  })
  .transform(({ mode, args, ...rest }) => {
    if (mode === undefined) return { ...rest, args };
    return { ...rest, args: mode === "exec" ? ["exec", "--", ...args] : [mode] };
  });

/** Every reply of every POST route of remote-cli. */
export const ExecResult = z.object({
  stdout: z.string(),
  stderr: z.string(),
  exitCode: z.number().int(),
  sideEffectAttempted: z.boolean().optional(),
});
export type ExecResult = z.infer<typeof ExecResult>;

/** One line of a streamed reply; exactly one `exit` line ends the stream. */
export const ExecLine = z.discriminatedUnion("type", [
  z.object({ type: z.literal("stdout"), data: z.string() }),
  z.object({ type: z.literal("stderr"), data: z.string() }),
  z.object({ type: z.literal("heartbeat") }),
  z.object({ type: z.literal("exit"), exitCode: z.number().int() }),
]);
export type ExecLine = z.infer<typeof ExecLine>;
