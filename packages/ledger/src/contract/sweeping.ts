import { z } from "zod";

import { count, timeMs } from "./field.ts";

const SWEEP_RULES = [
  "deliveries",
  "payloads",
  "events",
  "outbox",
  "changes",
  "parts",
  "prompts",
  "runs",
  "approvals",
  "cards",
  "usage",
  "schedules",
] as const;
export type SweepRule = (typeof SWEEP_RULES)[number];

/** Removes what is older than `before`, at most `limit` rows. */
export const PruneInput = z.strictObject({ rule: z.enum(SWEEP_RULES), before: timeMs, limit: count.max(500) });
export const NoteSweptInput = z.strictObject({ removed: count });
