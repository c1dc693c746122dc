import type { Trusted } from "../../core/git/origin.ts";
import type { OpenedPlace, RepositoryPlace } from "../../core/git/place.ts";
import type { Command } from "../../core/grammar/spec.ts";

/** A git call that may run, with everything that was found out on the way. */
export interface GitPlan {
  command: Command;
  argv: readonly string[];
  opened: OpenedPlace;
  /** Absent for clone and version. */
  place?: RepositoryPlace | undefined;
  origin?: Trusted | undefined;
  stdin?: string | undefined;
  /** The folder that appears or goes. */
  target?: string | undefined;
  attribution?: string | undefined;
}
