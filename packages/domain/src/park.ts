/** A run that stands still: why, and until when; stored with the run, so that a restart does not end the wait. */
import { z } from "zod";

export const Park = z.object({
  /**
   * `quota`: the provider has no room; `stuck`: it went in circles; `restart`: it was cut off too often or too long
   * ago; `runtime_down`: OpenCode does not come back; `start_lost`: it never began.
   */
  why: z.enum(["quota", "stuck", "restart", "runtime_down", "start_lost"]),
  since: z.number(),
  /** Without it only a person lets it go on. */
  until: z.number().optional(),
  note: z.string().max(500).optional(),
  /** How often this run has waited for its provider by now. */
  quotaParks: z.number(),
});
export type Park = z.infer<typeof Park>;
