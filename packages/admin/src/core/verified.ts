/** The last walk over the audit chain, as it is kept among the settings. */
import { z } from "zod";

export const VERIFIED_KEY = "audit.verify";

const Verified = z.object({
  kind: z.enum(["intact", "broken", "running"]),
  seq: z.number().optional(),
  hash: z.string().optional(),
  why: z.string().optional(),
  at: z.number(),
  by: z.string(),
});
export type Verified = z.infer<typeof Verified>;

/** Undefined when it was not walked yet. */
export const verifiedIn = (setting: unknown): Verified | undefined => Verified.safeParse(setting).data;

/** `seq:hash`, as the hourly log line says it. */
export function headIn(text: string | undefined): { seq: number; hash: string } | undefined {
  const [, seq, hash] = /^\s*(\d{1,15}):([0-9a-f]{64})\s*$/.exec(text ?? "") ?? [];
  return hash === undefined ? undefined : { seq: Number(seq), hash };
}
