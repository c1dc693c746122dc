import type { Received } from "../store-event.ts";

/** How a delivery ended, as GitHub hears it. */
export type GithubReceived =
  | Extract<Received, { kind: "accepted" | "duplicate" | "ignored" | "not_stored" }>
  | { kind: "push"; status: string; isIgnored: boolean }
  | { kind: "overloaded" };
