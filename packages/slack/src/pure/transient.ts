/** Slack's own error codes that pass: the same call may work a little later. */
export const TRANSIENT_CODES: ReadonlySet<string> = new Set([
  "internal_error",
  "fatal_error",
  "service_unavailable",
  "request_timeout",
  "ratelimited",
]);
