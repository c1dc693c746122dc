import { THOR_KEY_SALT } from "@thor/domain/key-salt";
import { formatSessionToken, isSessionId, SESSION_TOKEN_KEY, sessionTokenMessage } from "@thor/domain/session-token";
import { deriveKey, hmacSha256, isSameSecret } from "@thor/kit/derived-key";

/** Checks tokens against the present secret and those before it; what was wrong is never said. */
export function createTokenCheck(secrets: readonly string[]): (sessionId: string, token: string) => boolean {
  const keys = secrets.map((secret) => deriveKey(secret, THOR_KEY_SALT, SESSION_TOKEN_KEY));
  return (sessionId, token) => {
    if (!isSessionId(sessionId)) return false;
    const good = keys.map((key) =>
      formatSessionToken(hmacSha256(key, sessionTokenMessage(sessionId)).toString("base64url")),
    );
    return good.filter((expected) => isSameSecret(token, expected)).length > 0;
  };
}
