import type { Stored } from "../store-event.ts";

/** What Slack hears of one delivery; final, unless it is asked to come again. */
export type Received =
  | Stored
  | { kind: "challenge"; challenge: string }
  | { kind: "ignored"; reason: string; eventType?: string | undefined }
  | { kind: "not_ready"; error: "slack_not_ready" };
