/**
 * The synchronisation of one pushed branch as steps: what was seen so far → the next git command, or how it ended.
 * Uncommitted work is never touched; local commits get a backup ref before the branch moves.
 *
 *   update: head ─▶ status ─▶ fetch ─▶ ancestor ─▶ (diverged: backup) ─▶ reset
 *   delete: status ─▶ remove
 */
import type { SyncStatus } from "./status.ts";

export interface PushFacts {
  branch: string;
  /** The commit that the branch holds now. */
  after: string;
  isDeleted: boolean;
  isDefault: boolean;
  /** The folder of the branch; absent when nobody has it checked out. */
  directory?: string | undefined;
  mainClone: string;
  /** UTC time of the push's handling as `20260131T235959Z`, for the name of a backup. */
  stamp: string;
}

export type StepName = "head" | "status" | "fetch" | "ancestor" | "backup" | "reset" | "remove";
export interface Seen {
  exitCode: number;
  stdout: string;
  stderr: string;
}
export type Next =
  | { kind: "run"; name: StepName; args: readonly string[]; cwd: string }
  | { kind: "done"; status: SyncStatus; previousHead?: string | undefined; backupRef?: string | undefined }
  /** A command did not do what it always does; another time it may. */
  | { kind: "failed"; error: string };

const failure = (name: StepName, { exitCode, stderr }: Seen): Next => ({
  kind: "failed",
  error: `git ${name}: exit ${exitCode}: ${stderr.trim().slice(0, 200)}`,
});

const backupRefOf = ({ branch, stamp }: PushFacts) => `refs/thor/backup/${branch}/${stamp}`;

/** The next thing to do for a push, from everything that was seen. */
export function nextStep(push: PushFacts, seen: ReadonlyMap<StepName, Seen>): Next {
  const { directory } = push;
  if (directory === undefined)
    return { kind: "done", status: push.isDeleted ? "push_delete_worktree_missing" : "push_sync_worktree_missing" };
  return push.isDeleted ? nextOfDelete(push, directory, seen) : nextOfUpdate(push, directory, seen);
}

const statusArgs = ["status", "--porcelain"];

function nextOfDelete({ mainClone }: PushFacts, directory: string, seen: ReadonlyMap<StepName, Seen>): Next {
  const status = seen.get("status");
  if (status === undefined) return { kind: "run", name: "status", args: statusArgs, cwd: directory };
  if (status.exitCode !== 0) return failure("status", status);
  if (status.stdout !== "") return { kind: "done", status: "push_delete_worktree_dirty" };
  const removed = seen.get("remove");
  if (removed === undefined)
    return { kind: "run", name: "remove", args: ["worktree", "remove", directory], cwd: mainClone };
  const isGone = removed.exitCode === 0;
  return { kind: "done", status: isGone ? "push_delete_worktree_removed" : "push_delete_cleanup_failed" };
}

function nextOfUpdate(push: PushFacts, directory: string, seen: ReadonlyMap<StepName, Seen>): Next {
  const run = (name: StepName, ...args: string[]): Next => ({ kind: "run", name, args, cwd: directory });
  const head = seen.get("head");
  if (head === undefined) return run("head", "rev-parse", "HEAD");
  if (head.exitCode !== 0) return failure("head", head);
  const previousHead = head.stdout.trim();
  if (previousHead === push.after) return { kind: "done", status: "push_sync_already_up_to_date" };
  const status = seen.get("status");
  if (status === undefined) return run("status", ...statusArgs);
  if (status.exitCode !== 0) return failure("status", status);
  const fetched = seen.get("fetch");
  if (fetched === undefined) return run("fetch", "fetch", "origin", `refs/heads/${push.branch}`);
  if (fetched.exitCode !== 0) return failure("fetch", fetched);
  if (status.stdout !== "") return { kind: "done", status: "push_sync_worktree_dirty", previousHead };
  return nextOfMove(push, { run, seen, previousHead });
}

/** The branch has moved and the folder is clean: follow it, keeping what only this folder has. */
function nextOfMove(
  push: PushFacts,
  given: {
    run: (name: StepName, ...args: string[]) => Next;
    seen: ReadonlyMap<StepName, Seen>;
    previousHead: string;
  },
): Next {
  const { run, seen, previousHead } = given;
  const ancestor = seen.get("ancestor");
  if (ancestor === undefined) return run("ancestor", "merge-base", "--is-ancestor", "HEAD", "FETCH_HEAD");
  if (ancestor.exitCode > 1) return failure("ancestor", ancestor);
  const hasDiverged = ancestor.exitCode === 1;
  const backup = seen.get("backup");
  if (hasDiverged && backup === undefined) return run("backup", "update-ref", backupRefOf(push), "HEAD");
  if (backup !== undefined && backup.exitCode !== 0) return failure("backup", backup);
  const reset = seen.get("reset");
  if (reset === undefined) return run("reset", "reset", "--hard", "FETCH_HEAD");
  if (reset.exitCode !== 0) return failure("reset", reset);
  const place = push.isDefault ? "default_branch" : "worktree";
  return {
    kind: "done",
    status: `push_sync_${place}_${hasDiverged ? "reset" : "fast_forwarded"}`,
    previousHead,
    ...(hasDiverged ? { backupRef: backupRefOf(push) } : {}),
  };
}
