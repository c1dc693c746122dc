import { THOR_KEY_SALT } from "@thor/domain/key-salt";
import { digestOfToken, isSessionId, SESSION_TOKEN_KEY, sessionTokenMessage } from "@thor/domain/session-token";
import { createSignatureCheck } from "@thor/kit/signer";

/** Checks tokens against the present secret and those before it; what was wrong is never said. */
export function createTokenCheck(secrets: readonly string[]): (sessionId: string, token: string) => boolean {
  const isSigned = createSignatureCheck(secrets, THOR_KEY_SALT, SESSION_TOKEN_KEY);
  return (sessionId, token) => isSessionId(sessionId) && isSigned(sessionTokenMessage(sessionId), digestOfToken(token));
}
