/** Planned misbehaviour: the first fault that fits a call or a delivery happens to it, and is counted. */
import { z } from "zod";

import type { Ids } from "../world/ids.ts";

const ms = z.number().int().min(0).max(600_000);
const Deed = z.union([
  z.strictObject({
    status: z.number().int().min(100).max(599),
    headers: z.record(z.string(), z.string()).optional(),
    body: z.unknown().optional(),
  }),
  z.strictObject({ slackError: z.string() }),
  z.strictObject({ rateLimit: z.strictObject({ retryAfter: z.number().int().min(0) }) }),
  z.strictObject({ delay: ms }),
  z.strictObject({ hang: z.literal(true) }),
  z.strictObject({ drop: z.enum(["before", "after"]) }),
  z.strictObject({ duplicate: z.strictObject({ copies: z.number().int().min(1).max(100), gap: ms.optional() }) }),
  z.strictObject({ reorder: z.strictObject({ window: z.number().int().min(2).max(1000) }) }),
  z.strictObject({ lose: z.literal(true) }),
  z.strictObject({ badSignature: z.literal(true) }),
  z.strictObject({ staleTimestamp: z.literal(true) }),
  z.strictObject({ late: z.strictObject({ by: ms }) }),
]);
export type Deed = z.infer<typeof Deed>;

export const Fault = z.strictObject({
  id: z.string().min(1),
  match: z.strictObject({
    sim: z.string().optional(),
    method: z.string().optional(),
    direction: z.enum(["in", "out"]).optional(),
    /** Dotted path in the body → equal text, or `/pattern/`. */
    body: z.record(z.string(), z.string()).optional(),
  }),
  do: Deed,
  skip: z.number().int().min(0).optional(),
  times: z.number().int().min(1).optional(),
  p: z.number().min(0).max(1).optional(),
});
export type Fault = z.infer<typeof Fault>;

/** What a fault is matched against. */
interface Occasion {
  sim: string;
  method: string;
  direction: "in" | "out";
  body: unknown;
}

export interface Faults {
  plan: (faults: readonly Fault[]) => void;
  list: () => (Fault & { met: number; fired: number })[];
  /** The deed planned for this occasion, if any. */
  meet: (occasion: Occasion) => { id: string; deed: Deed } | undefined;
}

function at(body: unknown, path: string): unknown {
  let value = body;
  for (const key of path.split(".")) {
    if (typeof value !== "object" || value === null) return undefined;
    value = new Map(Object.entries(value)).get(key);
  }
  return value;
}

function fitsText(value: unknown, wanted: string): boolean {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const pattern = /^\/(.*)\/([a-z]*)$/s.exec(wanted);
  if (pattern === null) return text === wanted;
  return new RegExp(pattern[1] ?? "", pattern[2]).test(text ?? "");
}

function fits({ match }: Fault, occasion: Occasion): boolean {
  const { sim, method, direction, body = {} } = match;
  if (sim !== undefined && sim !== occasion.sim) return false;
  if (method !== undefined && method !== occasion.method) return false;
  if (direction !== undefined && direction !== occasion.direction) return false;
  return Object.entries(body).every(([path, wanted]) => fitsText(at(occasion.body, path), wanted));
}

export function createFaults(ids: Ids): Faults {
  let faults: (Fault & { met: number; fired: number })[] = [];
  return {
    plan: (planned) => {
      faults = planned.map((fault) => ({ ...fault, met: 0, fired: 0 }));
    },
    list: () => faults.map((fault) => ({ ...fault })),
    meet: (occasion) => {
      for (const fault of faults) {
        if (!fits(fault, occasion)) continue;
        fault.met += 1;
        if (fault.met <= (fault.skip ?? 0) || fault.fired >= (fault.times ?? Infinity)) continue;
        if (fault.p !== undefined && ids.chance() >= fault.p) continue;
        fault.fired += 1;
        return { id: fault.id, deed: fault.do };
      }
      return undefined;
    },
  };
}
