/** Time-boxed yeses: each use is counted in the write that begins its execution. */
import { CreateGrantInput, RevokeGrantInput, UseGrantInput } from "../contract/approvals.ts";
import { defineWrite } from "../writer/context.ts";
import { tell } from "./approval-row.ts";
import { insertApproval } from "./approvals.ts";
import { findRow, insertRow, patchRow } from "./row.ts";

/** Allows calls of one kind for a while. */
export const createGrant = defineWrite(CreateGrantInput, async (tx, input, context) => {
  const row = {
    id: input.id,
    store: input.store,
    tool: input.tool,
    target_key: input.targetKey,
    rule: input.rule,
    scope_kind: input.scopeKind,
    scope_key: input.scopeKey,
    fingerprint: input.fingerprint ?? null,
    requesters: input.requesters,
    max_uses: input.maxUses ?? null,
    created_by: input.createdBy,
    approvers: input.approvers,
    created_at: context.now,
    expires_at: input.expiresAt,
  };
  await insertRow(tx, "grants", { row });
  context.changed("approvals", input.id);
  await tell(tx, context, { told: input.told, anchorId: input.scopeKey });
  return { kind: "created" as const, id: input.id };
});

type Used =
  | { kind: "begun"; approvalId: string; fence: number }
  | { kind: "changed"; version: number }
  | { kind: "refused"; rule: string }
  | { kind: "unknown" };

/** Takes one use of a grant and leaves an approval that executes already. */
export const useGrant = defineWrite(UseGrantInput, async (tx, input, context): Promise<Used> => {
  const grant = await findRow(tx, "grants", { id: input.id });
  if (grant === undefined) return { kind: "unknown" };
  if (grant.revoked_at !== null) return { kind: "refused", rule: "revoked" };
  if (grant.expires_at <= context.now) return { kind: "refused", rule: "expired" };
  if (grant.max_uses !== null && grant.uses >= grant.max_uses) return { kind: "refused", rule: "used_up" };
  const isCovered =
    grant.tool === input.request.tool &&
    grant.store === input.request.store &&
    grant.target_key === input.request.targetKey;
  if (!isCovered) return { kind: "refused", rule: "other_tool" };
  const key = { id: grant.id, version: input.version };
  if (!(await patchRow(tx, "grants", { key, set: { uses: grant.uses + 1, version: input.version + 1 } }))) {
    return { kind: "changed", version: grant.version };
  }
  await insertApproval(tx, context, { request: input.request, grantId: grant.id });
  await tell(tx, context, { told: input.told, anchorId: input.request.anchorId });
  return { kind: "begun", approvalId: input.request.id, fence: 1 };
});

/** Ends a grant before its time. */
export const revokeGrant = defineWrite(
  RevokeGrantInput,
  async (tx, input, context): Promise<{ kind: "revoked" } | { kind: "already" } | { kind: "unknown" }> => {
    const grant = await findRow(tx, "grants", { id: input.id });
    if (grant === undefined) return { kind: "unknown" };
    if (grant.revoked_at !== null) return { kind: "already" };
    const set = {
      revoked_at: context.now,
      revoked_by: input.by,
      revoked_reason: input.reason,
      version: grant.version + 1,
    };
    await patchRow(tx, "grants", { key: { id: grant.id }, set });
    context.changed("approvals", grant.id);
    await tell(tx, context, { told: input.told, anchorId: grant.scope_key });
    return { kind: "revoked" };
  },
);
