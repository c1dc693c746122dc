import { z } from "zod";

import { count, line, name, rowId } from "./field.ts";

/** One line of the hash-chained record: who did what to what, and who or what decided it. */
export const AuditInput = z.strictObject({
  service: name,
  event: name,
  actorKind: z.enum(["slack", "github", "admin", "agent", "service", "system"]),
  actor: line(256),
  anchorId: rowId.optional(),
  sessionId: rowId.optional(),
  triggerId: rowId.optional(),
  target: line(1024),
  decision: line(128),
  rule: line(256).optional(),
  policyRev: line(64).optional(),
  reason: line(500).optional(),
  argsDigest: line(128).optional(),
  argsShape: line(1024).optional(),
  resultDigest: line(128).optional(),
  resultBytes: count.optional(),
  redactions: count.optional(),
  beforeDigest: line(128).optional(),
  afterDigest: line(128).optional(),
  durationMs: count.optional(),
  costMicros: count.optional(),
  requestId: line(128).optional(),
  opId: line(128).optional(),
  detail: z
    .record(z.string(), z.union([z.string(), z.number().int()]))
    .refine((detail) => Buffer.byteLength(JSON.stringify(detail)) <= 4096, "is over 4096 bytes")
    .optional(),
});
export type AuditInput = z.input<typeof AuditInput>;
/** Evidence whose decision is the outcome of the write that it travels with. */
export const ProofInput = AuditInput.omit({ decision: true });
export type AuditLine = z.output<typeof AuditInput>;

/** A stored line, as lists and exports show it. */
export interface AuditRow {
  seq: number;
  at: number;
  service: string;
  event: string;
  actorKind: AuditInput["actorKind"];
  actor: string;
  anchorId?: string | undefined;
  sessionId?: string | undefined;
  triggerId?: string | undefined;
  target: string;
  decision: string;
  rule?: string | undefined;
  reason?: string | undefined;
  requestId?: string | undefined;
  detail: Readonly<Record<string, string | number>>;
  hash: string;
}
