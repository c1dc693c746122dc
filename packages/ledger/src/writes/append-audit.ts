import { hmacSha256, sha256Hex } from "@thor/kit/derived-key";
import { z } from "zod";

import { AuditInput, type AuditLine, type ProofInput } from "../contract/evidence.ts";
import { canonicalRow, FIRST_PREV_HASH } from "../pure/chain-row.ts";
import type { Db, Row } from "../schema.ts";
import { defineWrite, type WriteContext } from "../writer/context.ts";
import { findRow, insertRow, patchRow } from "./row.ts";

export type ProvenAct = z.output<typeof ProofInput>;

/** Outcomes by which nothing was changed. */
const REFUSED: ReadonlySet<string> = new Set(
  "changed unknown not_ready not_stopped not_failed open_run already exists stale_fence conflict bound_elsewhere too_late".split(
    " ",
  ),
);
const Outcome = z.object({ kind: z.string(), done: z.array(z.string()).optional() });

/** The evidence of an act, once it is known what came of it. */
export function lineOf(proof: ProvenAct, outcome: unknown): AuditLine {
  const { kind, done } = Outcome.parse(outcome);
  return { ...proof, decision: REFUSED.has(kind) || done?.length === 0 ? "refused" : "done" };
}

/** Columns of what a line may leave out. */
const OPTIONAL = {
  anchorId: "anchor_id",
  sessionId: "session_id",
  triggerId: "trigger_id",
  rule: "rule",
  policyRev: "policy_rev",
  reason: "reason",
  argsDigest: "args_digest",
  argsShape: "args_shape",
  resultDigest: "result_digest",
  resultBytes: "result_bytes",
  beforeDigest: "before_digest",
  afterDigest: "after_digest",
  durationMs: "duration_ms",
  costMicros: "cost_micros",
  requestId: "request_id",
  opId: "op_id",
} as const;

const optionalColumns = (line: AuditLine): Partial<Row<"audit">> => {
  const fields: ReadonlyMap<string, unknown> = new Map(Object.entries(line));
  return Object.fromEntries(Object.entries(OPTIONAL).map(([field, column]) => [column, fields.get(field) ?? null]));
};

const columnsOf = (line: AuditLine, at: { seq: number; now: number; prevHash: string }) => ({
  seq: at.seq,
  at: at.now,
  service: line.service,
  event: line.event,
  actor_kind: line.actorKind,
  actor: line.actor,
  target: line.target,
  decision: line.decision,
  redactions: line.redactions ?? 0,
  detail: JSON.stringify(line.detail ?? {}),
  prev_hash: at.prevHash,
  ...optionalColumns(line),
});

/** Notes the newest position of a chain. */
export async function moveHead(tx: Db, chain: string, head: { seq: number; hash: string }): Promise<void> {
  if (await patchRow(tx, "chain_heads", { key: { chain }, set: head })) return;
  await insertRow(tx, "chain_heads", { row: { chain, ...head } });
}

/** Adds a row to the chain inside the transaction of the change it describes. */
export async function writeAudit(tx: Db, context: WriteContext, line: AuditLine): Promise<number> {
  const head = await findRow(tx, "chain_heads", { chain: "audit" });
  const columns = columnsOf(line, {
    seq: (head?.seq ?? 0) + 1,
    now: context.now,
    prevHash: head?.hash ?? FIRST_PREV_HASH,
  });
  const hash = sha256Hex(columns.prev_hash + canonicalRow(columns));
  const mac = hmacSha256(context.chain.key, hash).toString("hex");
  await insertRow(tx, "audit", { row: { ...columns, hash, mac, key_id: context.chain.keyId } });
  await moveHead(tx, "audit", { seq: columns.seq, hash });
  return columns.seq;
}

/** Writes one line of evidence on its own. */
export const appendAudit = defineWrite(AuditInput, async (tx, line, context) => {
  const seq = await writeAudit(tx, context, line);
  return { kind: "appended" as const, seq };
});

/** The line for an act that a person performs on the ledger itself. */
export function actOf(act: {
  event: string;
  by: string;
  target: string;
  reason?: string;
  anchorId?: string;
}): AuditLine {
  const { event, by, target, reason, anchorId } = act;
  return { service: "ledger", event, actorKind: "admin", actor: by, target, decision: "done", reason, anchorId };
}
