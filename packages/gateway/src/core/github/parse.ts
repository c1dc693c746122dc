/** From the text of a proven delivery to one of the six kinds that Thor listens to. */
import { GithubEvent } from "@thor/domain/github-event";

const SUPPORTED: ReadonlySet<unknown> = new Set([
  "issue_comment",
  "pull_request_review_comment",
  "pull_request_review",
  "pull_request",
  "check_suite",
  "push",
]);

/** Whether an event of this name is one that Thor listens to. */
export const isSupported = (eventName: unknown) => SUPPORTED.has(eventName);

export type Parsed =
  | { kind: "delivery"; delivery: GithubEvent }
  | { kind: "unreadable"; reason: "json_parse_error" | "schema_validation_failed" };

/** The kind that a body shows by itself: the header that names it is not signed. */
function typeOf(body: object): GithubEvent["event_type"] | undefined {
  if ("check_suite" in body) return "check_suite";
  if ("ref" in body && "before" in body && "after" in body) return "push";
  if ("issue" in body) return "issue_comment";
  if (!("pull_request" in body)) return undefined;
  if ("comment" in body) return "pull_request_review_comment";
  return "review" in body ? "pull_request_review" : "pull_request";
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function parseDelivery(text: string): Parsed {
  const body = readJson(text);
  if (body === undefined) return { kind: "unreadable", reason: "json_parse_error" };
  const faulty: Parsed = { kind: "unreadable", reason: "schema_validation_failed" };
  if (typeof body !== "object" || body === null) return faulty;
  // What only Thor adds cannot come from outside.
  const known = { ...body, event_type: typeOf(body), edited: undefined, untrusted_fields: undefined, thor: undefined };
  const parsed = GithubEvent.safeParse(known);
  return parsed.success ? { kind: "delivery", delivery: parsed.data } : faulty;
}
