/**
 * The states of a request for a human's yes.
 *
 *   pending ──quorum, checks passed──▶ executing ──ok──▶ done
 *      │                                   └──fault, crash──▶ failed
 *      ├──▶ rejected
 *      └──▶ expired
 *
 * Nothing leads back to pending and nothing leads out of an end: an action that was begun is never begun again. Within
 * `executing` the mark of a side effect is added, within `failed` a person's note on what really happened.
 */
export type ApprovalState = "pending" | "executing" | "done" | "failed" | "rejected" | "expired";

const NEXT: Readonly<Record<ApprovalState, readonly ApprovalState[]>> = {
  pending: ["executing", "rejected", "expired"],
  executing: ["executing", "done", "failed"],
  done: [],
  failed: ["failed"],
  rejected: [],
  expired: [],
};

export const mayBecome = (from: ApprovalState, to: ApprovalState): boolean => NEXT[from].includes(to);
