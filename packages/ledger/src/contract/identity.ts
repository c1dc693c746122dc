import { AliasType } from "@thor/domain/alias";
import { z } from "zod";

import { count, fence, line, name, rowId, ttlMs } from "./field.ts";

export interface Anchor {
  id: string;
  originSource: string;
  originKey: string;
  title?: string | undefined;
  repo?: string | undefined;
  directory?: string | undefined;
  muted: boolean;
  visibility: "open" | "gated";
  createdAt: number;
  lastActiveAt: number;
  version: number;
}
export interface Alias {
  type: AliasType;
  value: string;
  anchorId: string;
  source: string;
  createdAt: number;
  version: number;
}
export interface Session {
  id: string;
  anchorId: string;
  parentId?: string | undefined;
  kind: "main" | "sub";
  status: "active" | "superseded" | "lost";
  agent?: string | undefined;
  model?: string | undefined;
  createdAt: number;
  endedAt?: number | undefined;
}

/** 1 to 512 characters, none of them a control character: what an alias may be called. */
// oxlint-disable-next-line no-control-regex
const aliasValue = z.string().regex(/^[^\u0000-\u001f\u007f-\u009f]{1,512}$/);
const sessionId = z.string().regex(/^[A-Za-z0-9._-]{1,128}$/);
const key = { type: AliasType, value: aliasValue };

export const MintAnchorInput = z.strictObject({ correlationKey: name, source: name });
export const BindAliasInput = z.strictObject({ ...key, anchorId: rowId, source: name });
export type AliasBound = { kind: "bound" } | { kind: "already_bound" } | { kind: "bound_elsewhere"; anchorId: string };
const Steered = z.strictObject({ ...key, version: count, by: name, reason: line(500) });
export const MoveAliasInput = Steered.extend({ anchorId: rowId });
export const ReleaseAliasInput = Steered;
export type AliasRefused =
  | { kind: "open_run"; triggerId: string }
  | { kind: "changed"; version: number }
  | { kind: "unknown" };

export const StampDirectoryInput = z.strictObject({ anchorId: rowId, repo: name, directory: name, by: name });
export const RegisterSessionInput = z.strictObject({
  id: sessionId,
  anchorId: rowId,
  kind: z.enum(["main", "sub"]),
  parentId: sessionId.optional(),
  replaces: sessionId.optional(),
  why: line(200).optional(),
  agent: line(128).optional(),
  model: line(128).optional(),
});
export const ResetSessionInput = z.strictObject({ anchorId: rowId, sessionId, by: name, reason: line(500) });
export const SetAnchorInput = z.strictObject({
  anchorId: rowId,
  version: count,
  by: name,
  title: line(200).optional(),
  muted: z.boolean().optional(),
});
export const LearnAnchorInput = z.strictObject({
  anchorId: rowId,
  title: line(200).optional(),
  visibility: z.enum(["open", "gated"]).optional(),
  /** Words to find the conversation by; never message text. */
  terms: z.array(line(64)).max(64).optional(),
});

const lease = { name, holder: name };
const note = line(500).optional();
export const AcquireLeaseInput = z.strictObject({ ...lease, ttlMs, note });
export const RenewLeaseInput = z.strictObject({ ...lease, fence, ttlMs });
export const ReleaseLeaseInput = z.strictObject({ ...lease, fence, note });
export type LeaseTaken = { kind: "acquired"; fence: number } | { kind: "held"; holder: string; expiresAt: number };
