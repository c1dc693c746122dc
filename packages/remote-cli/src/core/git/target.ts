/** The object of `worktree add`, `worktree remove` and `clone`: a folder with exactly one allowed place. */
import type { Denial } from "../denial.ts";
import { valuesOf, type Command } from "../grammar/spec.ts";
import { refFault } from "../grammar/validate/ref.ts";
import { below, isWithin, resolvePath } from "../paths.ts";

function pathFault(path: string, worktreesOfRepo: string): string | undefined {
  if (resolvePath("/", path) !== path) return "the path must be absolute and without . or ..";
  const isInside = path !== worktreesOfRepo && isWithin(worktreesOfRepo, path);
  if (!isInside) return `the path must lie below ${worktreesOfRepo}`;
  return /(^|\/)\.git(\/|$)/i.test(below(worktreesOfRepo, path)) ? "the path leads into a git directory" : undefined;
}

/** A new worktree's folder says what is in it. */
function nameFault(command: Command, name: string): string | undefined {
  const { id } = command.spec;
  if (id === "worktree.remove") return undefined;
  const branch = valuesOf(command, "-b")[0] ?? command.positionals[1];
  const isNamed = id === "worktree.add.detached" || name === branch;
  return isNamed ? refFault(name) : `the folder must be named after the branch: ${branch ?? ""}`;
}

/** The folder of a new or old worktree: absolute, as it stands, below the repository's own folder of worktrees. */
export function worktreeTarget(command: Command, worktreesOfRepo: string): { path: string } | Denial {
  const path = (command.positionals[0] ?? "").replace(/(?<=.)\/$/, "");
  const fault = pathFault(path, worktreesOfRepo) ?? nameFault(command, below(worktreesOfRepo, path));
  return fault === undefined ? { path } : { rule: "worktree.path", reason: fault };
}
