/** How one call to the outside world can end. */
export type Answer<T> =
  | { kind: "ok"; body: T }
  | { kind: "limited"; retryAfterMs: number }
  | { kind: "refused"; code: string }
  | { kind: "unreachable"; error: string }
  | { kind: "unknown"; error: string };
