/** What people change about conversations, each time with proof. */
import {
  type AliasRefused,
  LearnAnchorInput,
  MoveAliasInput,
  ReleaseAliasInput,
  ResetSessionInput,
  SetAnchorInput,
} from "../contract/identity.ts";
import type { Db, Row } from "../schema.ts";
import { defineWrite, type WriteContext } from "../writer/context.ts";
import { actOf, writeAudit } from "./append-audit.ts";
import { deleteRow, findRow, insertRow, patchRow } from "./row.ts";
import { openRunsOf } from "./run-row.ts";

type Steered = typeof ReleaseAliasInput._output;

async function movable(tx: Db, input: Steered): Promise<Row<"aliases"> | AliasRefused> {
  const { type, value, version } = input;
  const alias = await findRow(tx, "aliases", { type, value });
  if (alias === undefined || type === "opencode.session" || type === "opencode.subsession") return { kind: "unknown" };
  if (alias.version !== version) return { kind: "changed", version: alias.version };
  const [open] = await openRunsOf(tx, alias.anchor_id);
  return open === undefined ? alias : { kind: "open_run", triggerId: open.id };
}

async function proveAlias(
  tx: Db,
  context: WriteContext,
  act: { event: string; input: Steered; anchorId: string },
): Promise<void> {
  const { event, input, anchorId } = act;
  await writeAudit(
    tx,
    context,
    actOf({ event, by: input.by, target: `${input.type}:${input.value}`, reason: input.reason, anchorId }),
  );
  context.changed("anchors", anchorId);
}

/** Gives an outside name to another conversation. */
export const moveAlias = defineWrite(
  MoveAliasInput,
  async (tx, { anchorId, ...input }, context): Promise<{ kind: "moved"; from: string } | AliasRefused> => {
    const alias = await movable(tx, input);
    if ("kind" in alias) return alias;
    if ((await findRow(tx, "anchors", { id: anchorId })) === undefined) return { kind: "unknown" };
    const [open] = await openRunsOf(tx, anchorId);
    if (open !== undefined) return { kind: "open_run", triggerId: open.id };
    const key = { type: alias.type, value: alias.value };
    await patchRow(tx, "aliases", { key, set: { anchor_id: anchorId, version: alias.version + 1 } });
    await proveAlias(tx, context, { event: "alias.moved", input, anchorId });
    context.changed("anchors", alias.anchor_id);
    return { kind: "moved", from: alias.anchor_id };
  },
);

/** Frees an outside name: the next event that carries it starts a new conversation. */
export const releaseAlias = defineWrite(
  ReleaseAliasInput,
  async (tx, input, context): Promise<{ kind: "released" } | AliasRefused> => {
    const alias = await movable(tx, input);
    if ("kind" in alias) return alias;
    await deleteRow(tx, "aliases", { type: alias.type, value: alias.value });
    await proveAlias(tx, context, { event: "alias.released", input, anchorId: alias.anchor_id });
    return { kind: "released" };
  },
);

/** Ends a conversation's main session without a successor: the next run starts a new one. */
export const resetSession = defineWrite(
  ResetSessionInput,
  async (tx, input, context): Promise<{ kind: "reset" } | AliasRefused> => {
    const session = await findRow(tx, "sessions", { id: input.sessionId, anchor_id: input.anchorId });
    if (session === undefined || session.status !== "active" || session.kind !== "main") return { kind: "unknown" };
    const [open] = await openRunsOf(tx, input.anchorId);
    if (open !== undefined) return { kind: "open_run", triggerId: open.id };
    const set = { status: "superseded" as const, why: input.reason, ended_at: context.now };
    await patchRow(tx, "sessions", { key: { id: session.id }, set });
    const { by, reason, anchorId } = input;
    await writeAudit(tx, context, actOf({ event: "session.reset", by, target: session.id, reason, anchorId }));
    context.changed("anchors", anchorId);
    return { kind: "reset" };
  },
);

type AnchorSet = { kind: "set" } | { kind: "changed"; version: number } | { kind: "unknown" };

/** Renames or mutes a conversation. */
export const setAnchor = defineWrite(SetAnchorInput, async (tx, input, context): Promise<AnchorSet> => {
  const anchor = await findRow(tx, "anchors", { id: input.anchorId });
  if (anchor === undefined) return { kind: "unknown" };
  if (anchor.version !== input.version) return { kind: "changed", version: anchor.version };
  const muted = input.muted === undefined ? anchor.muted : input.muted ? (1 as const) : (0 as const);
  await patchRow(tx, "anchors", {
    key: { id: anchor.id },
    set: { title: input.title, muted, version: anchor.version + 1 },
  });
  await writeAudit(
    tx,
    context,
    actOf({ event: "anchor.changed", by: input.by, target: anchor.id, anchorId: anchor.id }),
  );
  context.changed("anchors", anchor.id);
  return { kind: "set" };
});

const MAX_TERMS = 64;

/** Adds what a conversation can be found by. */
export const learnAnchor = defineWrite(
  LearnAnchorInput,
  async (tx, input, context): Promise<{ kind: "learned" } | { kind: "unknown" }> => {
    const anchor = await findRow(tx, "anchors", { id: input.anchorId });
    if (anchor === undefined) return { kind: "unknown" };
    const { title, visibility } = input;
    if (title !== undefined || visibility !== undefined) {
      await patchRow(tx, "anchors", {
        key: { id: anchor.id },
        set: { title: anchor.title ?? title, visibility, version: anchor.version + 1 },
      });
    }
    const known = await tx.selectFrom("anchor_terms").select("term").where("anchor_id", "=", anchor.id).execute();
    const terms = new Set(known.map(({ term }) => term));
    for (const word of input.terms ?? []) {
      const term = word.toLowerCase().trim();
      if (term === "" || terms.has(term) || terms.size >= MAX_TERMS) continue;
      terms.add(term);
      await insertRow(tx, "anchor_terms", { row: { term, anchor_id: anchor.id, last_activity: context.now } });
    }
    context.changed("anchors", anchor.id);
    return { kind: "learned" };
  },
);
