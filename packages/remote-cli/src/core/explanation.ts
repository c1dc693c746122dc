/** A decision as a person reads it: what it is, by which rule, and the words that would run. */
import { assertNever } from "@thor/kit/pure/assert-never";

import type { Decision } from "./call.ts";

export interface Explanation {
  decision: "allow" | "approve" | "deny";
  rule: string;
  message?: string;
  canonical?: readonly string[];
}

/** Puts a decision into words; nothing ran for it. */
export function explanationOf(decision: Decision): Explanation {
  switch (decision.kind) {
    case "deny":
      return { decision: "deny", rule: decision.rule, message: decision.text };
    case "answer":
      return { decision: "allow", rule: "help" };
    case "ask":
      return { decision: "approve", rule: decision.target.commandId, canonical: decision.canonical };
    case "run":
      return { decision: "allow", rule: decision.target.commandId, canonical: decision.canonical };
    default:
      return assertNever(decision);
  }
}
