import type { GhUse } from "../../core/gh/use.ts";
import type { Trusted } from "../../core/git/origin.ts";
import type { Command } from "../../core/grammar/spec.ts";

/** A gh call that may run: its canonical words, what it may do, and for which repository. */
export interface GhPlan {
  command: Command;
  argv: readonly string[];
  stdin?: string | undefined;
  use: GhUse;
  /** The folder of the repository, which names it in Thor. */
  repo: string;
  origin: Extract<Trusted, { kind: "trusted" }>;
  /** The login that becomes the assignee of what is made, unless somebody was named. */
  assignee?: string | undefined;
  /** Where downloaded files go; proven to be in the worktree. */
  directory?: { root: string; path: string } | undefined;
}
