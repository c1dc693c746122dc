import { hmacSha256 } from "@thor/kit/derived-key";
import { z } from "zod";

import { count, name } from "../contract/field.ts";
import { segmentText } from "../pure/audit-segment.ts";
import { defineWrite } from "../writer/context.ts";
import { actOf, writeAudit } from "./append-audit.ts";
import { findRow, insertRow } from "./row.ts";

const PruneAuditInput = z.strictObject({ last: count, file: name, sha256: name, by: name });
type Pruned = { kind: "pruned"; rows: number } | { kind: "refused"; rule: "not_a_prefix" };

/** Removes a prefix of the chain that was exported, and signs what it was, so that the rest still verifies. */
export const pruneAudit = defineWrite(
  PruneAuditInput,
  async (tx, { last, file, sha256, by }, context): Promise<Pruned> => {
    const oldest = await tx.selectFrom("audit").selectAll().orderBy("seq").limit(1).executeTakeFirst();
    const end = await findRow(tx, "audit", { seq: last });
    const head = await findRow(tx, "chain_heads", { chain: "audit" });
    if (oldest === undefined || end === undefined || last >= (head?.seq ?? 0))
      return { kind: "refused", rule: "not_a_prefix" };
    const segment = { first: oldest.seq, last, prev: oldest.prev_hash, hash: end.hash, sha256 };
    const mac = hmacSha256(context.chain.key, segmentText(segment)).toString("hex");
    const row = {
      first_seq: oldest.seq,
      last_seq: last,
      first_prev_hash: oldest.prev_hash,
      last_hash: end.hash,
      file,
      sha256,
      mac,
      key_id: context.chain.keyId,
    };
    await insertRow(tx, "audit_segments", { row });
    await tx.deleteFrom("audit").where("seq", "<=", last).execute();
    await writeAudit(tx, context, actOf({ event: "audit.pruned", by, target: file }));
    return { kind: "pruned", rows: last - oldest.seq + 1 };
  },
);
