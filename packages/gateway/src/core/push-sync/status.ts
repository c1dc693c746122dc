/** How the synchronisation of a pushed branch ended; kept as the reason of its event and in the log. */
export type SyncStatus =
  | "push_sync_worktree_missing"
  | "push_sync_already_up_to_date"
  | "push_sync_worktree_dirty"
  | "push_sync_worktree_reset"
  | "push_sync_default_branch_reset"
  | "push_sync_worktree_fast_forwarded"
  | "push_sync_default_branch_fast_forwarded"
  | "push_sync_failed"
  | "push_delete_worktree_missing"
  | "push_delete_worktree_dirty"
  | "push_delete_worktree_removed"
  | "push_delete_cleanup_failed";

/** After these the agent of the branch is told: what it sees on disk is not what the branch holds any more. */
const TELLING: ReadonlySet<SyncStatus> = new Set([
  "push_sync_worktree_dirty",
  "push_sync_worktree_reset",
  "push_sync_worktree_fast_forwarded",
]);
export const tellsAgent = (status: SyncStatus) => TELLING.has(status);

const IGNORED: ReadonlySet<SyncStatus> = new Set([
  "push_sync_already_up_to_date",
  "push_sync_worktree_missing",
  "push_sync_failed",
  "push_delete_worktree_missing",
  "push_delete_worktree_dirty",
  "push_delete_cleanup_failed",
]);
/** Whether anything came of the push here. */
export const syncOutcome = (status: SyncStatus) => (IGNORED.has(status) ? ("ignored" as const) : ("accepted" as const));
