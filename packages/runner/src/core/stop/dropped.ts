/** What a stop took out of the queue, over all its attempts: the record has a line for each, written with the deed itself. */
import { z } from "zod";

import type { StopFacts } from "./report.ts";

const count = z.number().catch(0);
const Detail = z.object({ cancelled: count, kept: count, withdrawn: count, executing: count });

/** `rows` newest first; a second attempt finds nothing left of what the first one cancelled. */
export function droppedBy(rows: readonly { detail: unknown }[]): Pick<StopFacts, keyof z.infer<typeof Detail>> {
  const lines = rows.map(({ detail }) => Detail.parse(detail));
  const sum = (name: "cancelled" | "withdrawn") => lines.reduce((total, line) => total + line[name], 0);
  return {
    cancelled: sum("cancelled"),
    withdrawn: sum("withdrawn"),
    kept: lines[0]?.kept ?? 0,
    executing: Math.max(0, ...lines.map(({ executing }) => executing)),
  };
}
