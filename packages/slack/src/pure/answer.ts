/** How one call to a vendor can end; nothing throws, and nothing waits. */
export type Answer<T> =
  | { kind: "ok"; body: T }
  | { kind: "limited"; retryAfterMs: number }
  /** The vendor said no, with its own error code. */
  | { kind: "refused"; code: string }
  /** The call never reached the vendor. */
  | { kind: "unreachable"; error: string }
  /** No answer that can be read: the call may have had its effect. */
  | { kind: "unknown"; error: string };
