/** Headers that carry credentials: their names, and values that name a variable instead of holding a secret. */
import { secretKindIn } from "@thor/kit/pure/secret-patterns";
import { z } from "zod";

export const HeaderName = z
  .string()
  .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, "must be the name of a header")
  .regex(/^(?!(?:host|connection|content-length|transfer-encoding|proxy-.*)$)/i, "is a header that may not be set");

export const HeaderValue = z
  .string()
  .min(1, "must not be empty")
  .regex(/^[^\r\n\0]*$/, "must be one line")
  .refine((value) => secretKindIn(value) === undefined, "holds a secret: put it in the environment and write ${NAME}");

/** Names of the variables in `${NAME}` places; a malformed place is answered as it stands. */
export function placeholdersOf(text: string): { names: string[]; isMalformed: boolean } {
  const names = Array.from(text.matchAll(/\$\{([A-Z][A-Z0-9_]*)\}/g), ([, name = ""]) => name);
  return { names, isMalformed: names.length !== text.split("${").length - 1 };
}
