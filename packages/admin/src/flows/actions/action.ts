/** What can be done on pages: each act is a form, a question where it matters, one write with its proof, and an answer. */
import type { Reads } from "@thor/ledger/port";
import type { Moment } from "@thor/views/ui/parts";

export type Fields = Readonly<Record<string, readonly string[]>>;

/** Who wants what. */
export interface Wish {
  params: Readonly<Record<string, string>>;
  fields: Fields;
  email: string;
  moment: Moment;
  requestId: string;
}
/** Proof of a wish: what came of it is added by the write that it travels with. */
export type ProofOf = (facts: {
  target: string;
  anchorId?: string | undefined;
  detail?: Record<string, string | number>;
}) => {
  service: string;
  event: string;
  actorKind: "admin";
  actor: string;
  target: string;
  anchorId?: string | undefined;
  reason?: string | undefined;
  requestId: string;
  opId: string;
  detail?: Record<string, string | number> | undefined;
};
export type Done =
  /** `to`: where to go instead of back. */
  | { kind: "done"; text: string; to?: string | undefined }
  /** The row is not what the page showed. */
  | { kind: "stale"; text?: string | undefined }
  | { kind: "refused"; text: string }
  | { kind: "invalid"; text: string }
  | { kind: "unknown" };

export interface Question {
  title: string;
  /** One sentence that says what will happen. */
  effect: string;
  button: string;
  needsReason: boolean;
  /** Words to choose by: name, label, whether it is a check mark. */
  asks?: readonly { name: string; label: string; kind: "text" | "check"; hint?: string }[];
}
export interface Action {
  /** Below `/admin`. */
  path: string;
  /** The name of its row of evidence. */
  event: string;
  /** Asked before it is done. */
  confirm?: ((wish: Wish, reads: Reads) => Promise<Question>) | undefined;
  run: (wish: Wish, proof: ProofOf) => Promise<Done>;
  /** The page it came from. */
  back: (wish: Wish) => string;
}

export const one = (fields: Fields, name: string): string | undefined => {
  const value = fields[name]?.[0]?.trim();
  return value === "" ? undefined : value;
};
export const numberIn = (fields: Fields, name: string): number => Number(one(fields, name) ?? Number.NaN);
export const versionIn = (fields: Fields): number => {
  const version = numberIn(fields, "v");
  return Number.isSafeInteger(version) ? version : -1;
};

const MIN_REASON = 3;
const MAX_REASON = 500;
/** A reason that says something; undefined otherwise. */
export function reasonOf(fields: Fields): string | undefined {
  const reason = one(fields, "reason");
  return reason !== undefined && reason.length >= MIN_REASON && reason.length <= MAX_REASON ? reason : undefined;
}

type Outcome = { kind: string };
const STALE: ReadonlySet<string> = new Set([
  "changed",
  "not_ready",
  "not_failed",
  "not_stopped",
  "already",
  "exists",
  "too_late",
]);

/** What a write's outcome means to the person who asked. */
export function doneOf(outcome: Outcome, text: string): Done {
  if (STALE.has(outcome.kind)) return { kind: "stale" };
  if (outcome.kind === "unknown") return { kind: "unknown" };
  if (outcome.kind === "open_run")
    return { kind: "refused", text: "A run is open in one of the conversations: stop it or let it end first." };
  if (outcome.kind === "overloaded" || outcome.kind === "unavailable")
    return { kind: "refused", text: "The ledger cannot be written right now. Try again." };
  return { kind: "done", text };
}
