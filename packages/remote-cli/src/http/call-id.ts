/** The step of the agent that a call belongs to, as its wrapper names it; only for finding the call again. */
import { CALL_ID_HEADER } from "@thor/domain/headers";

const CALL_ID = /^[A-Za-z0-9._-]{1,128}$/;

export function callIdOf(headers: Readonly<Record<string, string | string[] | undefined>>): string | undefined {
  const given = headers[CALL_ID_HEADER];
  return typeof given === "string" && CALL_ID.test(given) ? given : undefined;
}
