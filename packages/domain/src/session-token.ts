/** What a session token signs, and how it reads. The key is `deriveKey(secret, "thor", "session-token")`. */
const SESSION_ID = /^[A-Za-z0-9._-]{1,128}$/;

export const isSessionId = (text: string) => SESSION_ID.test(text);

export const SESSION_TOKEN_KEY = "session-token";

/** The bytes under the HMAC-SHA-256 of a session's token. */
export const sessionTokenMessage = (sessionId: string) => `v1\n${sessionId}`;

/** The token as it travels, from the base64url digest. */
export const formatSessionToken = (digestBase64url: string) => `v1.${digestBase64url}`;

/** The digest in a token; empty when it is none. */
export const digestOfToken = (token: string) => /^v1\.([A-Za-z0-9_-]{43})$/.exec(token)?.[1] ?? "";
