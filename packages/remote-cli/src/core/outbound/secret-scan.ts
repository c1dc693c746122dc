/** Prose that leaves Thor must not carry a credential: known values in any usual spelling, and shapes that are nothing else. */
import { secretKindIn } from "@thor/kit/pure/secret-patterns";

import type { HeldSecret } from "./redact-output.ts";
import { spellingsOf } from "./redact-output.ts";

/** The kind of the first credential found in `text`, never its value. */
export function findSecret(text: string, held: readonly HeldSecret[]): string | undefined {
  const known = held.find(({ value }) => spellingsOf(value).some((spelling) => text.includes(spelling)));
  return known === undefined ? secretKindIn(text) : known.name;
}
