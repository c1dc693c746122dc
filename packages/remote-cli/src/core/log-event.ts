/** Log events beside the usual ones, for what somebody watches. */
import type { Outcome } from "./call.ts";

const REFUSALS: ReadonlyMap<string, string> = new Map([
  ["gitdir.uncontrolled", "gitdir_refused"],
  ["nested.repository", "nested_repository_refused"],
  ["outbound.secret", "outbound_secret_blocked"],
  ["sql", "sql_denied"],
]);

/** What a refusal is called besides `exec_denied`. */
export const refusalEvent = (rule: string): string | undefined => REFUSALS.get(rule);

const ENDINGS: Readonly<Partial<Record<Outcome["ended"], string>>> = {
  timeout: "exec_timeout",
  capped: "exec_capped",
  cancelled: "exec_cancelled",
};

/** What an ending from outside is called besides `exec_finished`. */
export const endingEvent = (ended: Outcome["ended"]): string | undefined => ENDINGS[ended];
