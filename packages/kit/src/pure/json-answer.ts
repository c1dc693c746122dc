/** Every way a JSON request to a neighbour can end. */
export type JsonAnswer<T> =
  | { kind: "ok"; status: number; body: T }
  /** The neighbour said no, in words we may show (at most 300 characters). */
  | { kind: "refused"; status: number; text: string; retryAfterMs?: number }
  /** It was never reached: nothing can have happened there. */
  | { kind: "unreachable"; error: string }
  /** No readable answer: it may or may not have happened. */
  | { kind: "unknown"; error: string };
