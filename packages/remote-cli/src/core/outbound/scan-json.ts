/** Credentials inside JSON: where they are, never what they are. */
import type { Json } from "@thor/domain/json";

import type { HeldSecret } from "./redact-output.ts";
import { findSecret } from "./secret-scan.ts";

export interface SecretHit {
  path: string;
  kind: string;
}

/** The first credential in a value or a name, by its path. */
export function findSecretIn(value: Json, held: readonly HeldSecret[], path = "$"): SecretHit | undefined {
  if (typeof value === "string" || typeof value === "number") {
    const kind = findSecret(String(value), held);
    return kind === undefined ? undefined : { path, kind };
  }
  if (value === null || typeof value !== "object") return undefined;
  for (const [key, item] of Object.entries(value)) {
    const keyKind = findSecret(key, held);
    if (keyKind !== undefined) return { path: `${path}.(a name)`, kind: keyKind };
    const inside = Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`;
    const hit = item === undefined ? undefined : findSecretIn(item, held, inside);
    if (hit !== undefined) return hit;
  }
  return undefined;
}
