/** Names of the headers that services and the agent's wrappers exchange. */
export const INTERNAL_SECRET_HEADER = "x-thor-internal-secret";
export const SESSION_ID_HEADER = "x-thor-session-id";
export const SESSION_TOKEN_HEADER = "x-thor-session-token";
