import type { Stored } from "../store-event.ts";

/** How a delivery ended, as GitHub hears it. */
export type GithubReceived =
  | Extract<Stored, { kind: "accepted" | "duplicate" | "not_stored" }>
  | { kind: "ignored"; reason: string }
  | { kind: "push"; status: string; isIgnored: boolean }
  | { kind: "overloaded" };
