/** Names an action and its context so exactly that whatever differs has another name. */
import { canonicalJson } from "@thor/kit/pure/canonical-json";

import type { Action } from "../call.ts";

const FORMAT = 1;

export interface Fingerprint {
  argsSha256: string;
  contextSha256: string;
}

export function fingerprintOf(
  { args, store, tool, targetKey, context }: Pick<Action, "args" | "store" | "tool" | "targetKey" | "context">,
  sha256: (text: string) => string,
): Fingerprint {
  return {
    argsSha256: sha256(canonicalJson(args)),
    contextSha256: sha256(canonicalJson({ v: FORMAT, store, tool, targetKey, context })),
  };
}

export const isSameFingerprint = (a: Fingerprint, b: Fingerprint) =>
  a.argsSha256 === b.argsSha256 && a.contextSha256 === b.contextSha256;
