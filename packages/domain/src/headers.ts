/** Names of the headers that services and the agent's wrappers exchange. */
export const INTERNAL_SECRET_HEADER = "x-thor-internal-secret";
export const SESSION_ID_HEADER = "x-thor-session-id";
export const SESSION_TOKEN_HEADER = "x-thor-session-token";
/** Names the step of the agent that a call belongs to: for finding it again, never for deciding anything. */
export const CALL_ID_HEADER = "x-thor-call-id";
