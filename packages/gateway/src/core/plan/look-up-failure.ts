/** What a failed command of gh means. */
import type { ExecResult } from "@thor/domain/exec";
import type { JsonAnswer } from "@thor/kit/pure/json-answer";

/** A look-up that ended badly: for good, or this time. */
export type LookUpFailure =
  | { kind: "refused"; reason: "installation_gone" | "branch_not_found" }
  | { kind: "failed"; error: string };

const GONE = /\b40[13]\b|authentication|forbidden/i;
const NOT_FOUND = /\b404\b|not found|could not resolve/i;
/** "Could not resolve host" is about the network, not about the branch. */
const NETWORK = /could not resolve (?:host|proxy)/i;

export function failureOf({ stderr, exitCode }: ExecResult): LookUpFailure {
  if (NETWORK.test(stderr)) return { kind: "failed", error: stderr.slice(0, 300) };
  if (GONE.test(stderr)) return { kind: "refused", reason: "installation_gone" };
  if (NOT_FOUND.test(stderr)) return { kind: "refused", reason: "branch_not_found" };
  return { kind: "failed", error: `exit ${exitCode}: ${stderr.slice(0, 300)}` };
}

/** What it means that the command could not be run at all. */
export function unreachedOf(answer: Exclude<JsonAnswer<ExecResult>, { kind: "ok" }>): LookUpFailure {
  const error = answer.kind === "refused" ? `HTTP ${answer.status}: ${answer.text}` : answer.error;
  return { kind: "failed", error: `remote-cli: ${error}` };
}
