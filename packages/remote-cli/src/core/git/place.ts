/** Where a command runs, after everything that ties the directory to a repository has been verified. */
import type { RepoConfig } from "./repo-config.ts";

export interface RepositoryPlace {
  kind: "repository";
  area: "main" | "worktree";
  /** The folder's name below `repos/`. */
  repo: string;
  root: string;
  cwd: string;
  gitDir: string;
  /** The git directory that all worktrees of the repository share. */
  commonDir: string;
  config: RepoConfig;
  /** The conversation that added this worktree. */
  ownerAnchorId?: string | undefined;
}
export type Located =
  | RepositoryPlace
  /** The folder of all repositories or all worktrees. */
  | { kind: "roots"; cwd: string }
  | { kind: "outside" }
  | { kind: "uncontrolled"; why: string };

/** A directory that stays the one that was checked, whatever happens to its name. */
export interface OpenedPlace {
  located: Located;
  /** A path that leads to the opened directory itself. */
  handlePath: string;
  close: () => Promise<void>;
}
