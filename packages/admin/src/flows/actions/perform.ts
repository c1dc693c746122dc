/** The one way from a form that was sent to an answer: limit, question, reason, write with proof. */
import type { Ledger } from "@thor/ledger/port";

import { type Action, type Done, type ProofOf, type Question, one, reasonOf, type Wish } from "./action.ts";

export interface PerformDeps extends Pick<Ledger, "appendAudit" | "snapshot"> {
  now: () => number;
  newId: () => string;
}
export type Performed =
  | { kind: "ask"; question: Question; fault?: string | undefined }
  | { kind: "limited"; retryAfterS: number }
  | { kind: "ended"; done: Done; back: string };

const WINDOW_MS = 60_000;
const MAX_PER_WINDOW = 60;

/** Nobody changes things faster than a person can. */
function createLimit(now: () => number) {
  const recent = new Map<string, number[]>();
  return (email: string): number => {
    const since = now() - WINDOW_MS;
    const times = (recent.get(email) ?? []).filter((at) => at > since);
    if (times.length >= MAX_PER_WINDOW) return Math.ceil(((times[0] ?? now()) - since) / 1000);
    recent.set(email, [...times, now()]);
    return 0;
  };
}

/** Carries out actions. */
export function createPerform(deps: PerformDeps) {
  const overLimit = createLimit(deps.now);

  const proofOf = (action: Action, wish: Wish): ProofOf => {
    const opId = deps.newId();
    return ({ target, anchorId, detail }) => ({
      service: "admin",
      event: action.event,
      actorKind: "admin",
      actor: wish.email,
      target,
      anchorId,
      reason: reasonOf(wish.fields),
      requestId: wish.requestId,
      opId,
      detail,
    });
  };

  /** What came to nothing before a write could tell of it is on record as well. */
  const noteRefusal = async (proof: ProofOf, wish: Wish, done: Done) => {
    if (done.kind === "done" || done.kind === "stale") return;
    const [target = wish.email] = Object.values(wish.params);
    await deps.appendAudit({ ...proof({ target }), decision: "refused" });
  };

  return async (action: Action, wish: Wish): Promise<Performed> => {
    const retryAfterS = overLimit(wish.email);
    if (retryAfterS > 0) return { kind: "limited", retryAfterS };
    const { confirm } = action;
    if (confirm !== undefined) {
      const question = await deps.snapshot((reads) => confirm(wish, reads));
      const isConfirmed = one(wish.fields, "confirmed") === "1";
      if (!isConfirmed) return { kind: "ask", question };
      if (question.needsReason && reasonOf(wish.fields) === undefined)
        return { kind: "ask", question, fault: "Give a reason of 3 to 500 characters." };
    }
    const proof = proofOf(action, wish);
    const done = await action.run(wish, proof);
    await noteRefusal(proof, wish, done);
    return { kind: "ended", done, back: action.back(wish) };
  };
}
export type Perform = ReturnType<typeof createPerform>;
