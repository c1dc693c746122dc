/** Names of branches, refs and revisions by git's own rules, checked before git sees them. */
import type { Validator } from "../spec.ts";
import { bad, matching, ok, plainFault } from "./text.ts";

const FORBIDDEN = /\.\.|@\{|[\s~^:?*[\\\u007f]|\/\/|\/$|^\/|\.$|\.lock(\/|$)/;
const MAX_REF = 255;
const MAX_REV = 512;

/** Why a text cannot be a ref's name, or nothing. */
export function refFault(name: string): string | undefined {
  const fault = plainFault(name, MAX_REF);
  if (fault !== undefined) return fault;
  if (FORBIDDEN.test(name) || name === "@") return `"${name}" is not a valid ref name`;
  return name.split("/").some((part) => part.startsWith("."))
    ? `"${name}" has a part that begins with a dot`
    : undefined;
}

export const ref: Validator = {
  name: "ref",
  check: (text) => {
    const fault = refFault(text);
    return fault === undefined ? ok(text) : bad(fault);
  },
};

/** A branch's short name. `HEAD` and names that read like full refs would be ambiguous. */
export const branch: Validator = {
  name: "branch",
  check: (text) => {
    const fault = refFault(text);
    if (fault !== undefined) return bad(fault);
    return text === "HEAD" || text.startsWith("refs/") ? bad(`"${text}" is not a branch name`) : ok(text);
  },
};

/** A revision or range. Its grammar is git's; here it is bounded and cannot be an option. */
export const rev: Validator = {
  name: "rev",
  check: (text) => {
    const fault = plainFault(text, MAX_REV);
    return fault === undefined ? ok(text) : bad(fault);
  },
};

/** A glob over ref names. */
export const refGlob = matching("pattern", /^[^\s\\~^:]+$/, MAX_REF);
export const stashName = matching("stash", /^(stash(@\{\d{1,5}\})?|\d{1,5}|[0-9a-f]{7,64})$/);
