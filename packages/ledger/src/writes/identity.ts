/** Who is who: the first writer keeps a name, a directory, a session. */
import {
  type AliasBound,
  BindAliasInput,
  MintAnchorInput,
  RegisterSessionInput,
  StampDirectoryInput,
} from "../contract/identity.ts";
import type { Db, Row } from "../schema.ts";
import { defineWrite } from "../writer/context.ts";
import { bindRow, findOrMint } from "./anchor-row.ts";
import { findRow, insertRow, patchRow } from "./row.ts";

/** The conversation of a key, made if there is none. */
export const mintAnchor = defineWrite(MintAnchorInput, (tx, input, context) =>
  findOrMint(tx, context, { source: input.source, key: input.correlationKey }),
);

/** Binds an outside name to a conversation; whoever asked first keeps it. */
export const bindAlias = defineWrite(BindAliasInput, async (tx, input, { now, changed }): Promise<AliasBound> => {
  if (await bindRow(tx, { ...input, now })) {
    changed("anchors", input.anchorId);
    return { kind: "bound" };
  }
  const owner = await findRow(tx, "aliases", { type: input.type, value: input.value });
  return owner === undefined || owner.anchor_id === input.anchorId
    ? { kind: "already_bound" }
    : { kind: "bound_elsewhere", anchorId: owner.anchor_id };
});

type Stamped = { kind: "stamped" } | { kind: "already"; repo: string; directory: string } | { kind: "unknown" };

/** Gives a conversation its working directory, once and for ever. */
export const stampDirectory = defineWrite(
  StampDirectoryInput,
  async (tx, input, { now, changed }): Promise<Stamped> => {
    const anchor = await findRow(tx, "anchors", { id: input.anchorId });
    if (anchor === undefined) return { kind: "unknown" };
    if (anchor.repo !== null && anchor.directory !== null) {
      return { kind: "already", repo: anchor.repo, directory: anchor.directory };
    }
    const { repo, directory, by } = input;
    await patchRow(tx, "anchors", {
      key: { id: anchor.id },
      set: { repo, directory, stamped_by: by, stamped_at: now, version: anchor.version + 1 },
    });
    changed("anchors", anchor.id);
    return { kind: "stamped" };
  },
);

type Registered = { kind: "registered" } | { kind: "exists"; anchorId: string } | { kind: "conflict" };

const activeMain = (tx: Db, anchorId: string): Promise<Row<"sessions"> | undefined> =>
  findRow(tx, "sessions", { anchor_id: anchorId, status: "active", kind: "main" });

/** Makes an OpenCode session part of a conversation; the active main one gives way only when the caller names it. */
export const registerSession = defineWrite(
  RegisterSessionInput,
  async (tx, input, { now, changed }): Promise<Registered> => {
    const known = await findRow(tx, "sessions", { id: input.id });
    if (known !== undefined) return { kind: "exists", anchorId: known.anchor_id };
    const active = input.kind === "main" ? await activeMain(tx, input.anchorId) : undefined;
    if (active !== undefined && active.id !== input.replaces) return { kind: "conflict" };
    const type = input.kind === "main" ? "opencode.session" : "opencode.subsession";
    if (!(await bindRow(tx, { type, value: input.id, anchorId: input.anchorId, source: "runner", now })))
      return { kind: "conflict" };
    if (active !== undefined) {
      const end = { status: "superseded" as const, superseded_by: input.id, why: input.why ?? null, ended_at: now };
      await patchRow(tx, "sessions", { key: { id: active.id }, set: end });
    }
    await insertRow(tx, "sessions", {
      row: {
        id: input.id,
        anchor_id: input.anchorId,
        parent_id: input.parentId ?? null,
        kind: input.kind,
        status: "active",
        agent: input.agent ?? null,
        model: input.model ?? null,
        created_at: now,
        last_event_at: now,
      },
    });
    changed("anchors", input.anchorId);
    return { kind: "registered" };
  },
);
