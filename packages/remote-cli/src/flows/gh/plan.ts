import type { GhUse } from "../../core/gh/table.ts";
import type { Trusted } from "../../core/git/origin.ts";

/** A gh call that may run: its canonical words, what its token may do, and for which repository. */
export interface GhPlan {
  argv: readonly string[];
  use: GhUse;
  origin: Extract<Trusted, { kind: "trusted" }>;
}
