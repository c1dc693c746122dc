/**
 * The life of one connection to an upstream.
 *
 *   absent ──wanted──▶ connecting ──connected──▶ ready ──dropped──▶ backoff ──due──▶ connecting …
 *     ▲                   │ failed: tries left → backoff, else absent          rejected → absent
 *     └──idle, failed─────┘                                    any ──close──▶ closed
 */

export type ConnectionState =
  | { kind: "absent" }
  | { kind: "connecting"; failures: number; triesLeft: number }
  | { kind: "ready" }
  | { kind: "backoff"; failures: number; triesLeft: number; delayMs: number }
  | { kind: "closed" };
/** `rejected`: the credentials are not accepted, so trying again changes nothing. */
export type ConnectionInput = "wanted" | "connected" | "failed" | "rejected" | "dropped" | "due" | "idle" | "close";

const TRIES_AFTER_DROP = 5;
const BASE_MS = 1000;
const CAP_MS = 30_000;
const JITTER = 0.2;

/** 1 s, 2 s, 4 s … 30 s, a fifth more or less. */
const delayMs = (failures: number, chance: number) =>
  Math.min(CAP_MS, BASE_MS * 2 ** (failures - 1)) * (1 - JITTER + 2 * JITTER * chance);

const backoff = (failures: number, triesLeft: number, chance: number): ConnectionState =>
  triesLeft === 0 ? { kind: "absent" } : { kind: "backoff", failures, triesLeft, delayMs: delayMs(failures, chance) };

function fromConnecting(
  state: Extract<ConnectionState, { kind: "connecting" }>,
  input: ConnectionInput,
  chance: number,
): ConnectionState {
  if (input === "connected") return { kind: "ready" };
  if (input === "rejected") return { kind: "absent" };
  const isFailed = input === "failed" || input === "dropped";
  return isFailed ? backoff(state.failures + 1, state.triesLeft, chance) : state;
}

/** The state after an input; whatever does not apply changes nothing. */
export function nextConnection(state: ConnectionState, input: ConnectionInput, chance: number): ConnectionState {
  if (input === "close") return { kind: "closed" };
  switch (state.kind) {
    case "absent":
      return input === "wanted" ? { kind: "connecting", failures: 0, triesLeft: 0 } : state;
    case "connecting":
      return fromConnecting(state, input, chance);
    case "ready":
      if (input === "idle") return { kind: "absent" };
      return input === "dropped" ? backoff(1, TRIES_AFTER_DROP, chance) : state;
    case "backoff":
      return input === "due" ? { kind: "connecting", failures: state.failures, triesLeft: state.triesLeft - 1 } : state;
    case "closed":
      return state;
  }
}
