/** The file that tells the agent's container what one session may see; written by the runner, read by plugin and wrappers. */
import { z } from "zod";

export const Pass = z.strictObject({
  session: z.string(),
  anchor: z.string(),
  token: z.string(),
  cwd: z.string(),
  worktreesFile: z.string(),
  /** Note files that file tools may read and write and commands may read; they need not exist yet. */
  memory: z.array(z.string()).optional(),
  guide: z.strictObject({ text: z.string(), sha256: z.string() }).optional(),
  expiresAt: z.number().int(),
});
export type Pass = z.infer<typeof Pass>;
