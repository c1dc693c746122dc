/** How a person's wish ended, as its row keeps it: whoever waits for it, on whatever surface, reads it there. */
import { z } from "zod";

export const WishEnd = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("stopped"), wasRunning: z.boolean(), report: z.string() }),
  z.object({ kind: z.literal("answered") }),
  /** Taken, but there is more to be chosen. */
  z.object({ kind: z.literal("noted") }),
  z.object({ kind: z.literal("settled_before"), by: z.string().optional() }),
  z.object({ kind: z.literal("not_allowed") }),
  /** Without a run of its own when waiting messages were let go instead. */
  z.object({ kind: z.literal("continued"), triggerId: z.string().optional() }),
  /** A newer run, or this very one, is at work. */
  z.object({ kind: z.literal("busy") }),
]);
export type WishEnd = z.infer<typeof WishEnd>;
