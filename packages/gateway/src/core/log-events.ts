/** The names under which operators find the gateway's log lines (gateway.md §17), where a name depends on facts. */
import type { ClaimResult, EventSource, QueuedEvent } from "@thor/domain/queue";

/** Reasons of ignored deliveries that have a name of their own. */
const NAMED_REASONS: readonly string[] = [
  "no_bot_user_id",
  "empty_text",
  "self",
  "bot_sender",
  "team_mismatch",
  "not_engaged",
  "muted",
  "private_channel_not_allowlisted",
];
const REPEATED_MENTION = "mention_duplicate";

const ignored = (reason: string) => `event_ignored_${reason}`;

export const ignoredEvent = (reason: string): string =>
  NAMED_REASONS.includes(reason) ? ignored(reason) : "event_ignored";
export const IGNORED_EVENTS = ["event_ignored", "github_event_ignored", ...NAMED_REASONS.map(ignored)];

/** A repeated mention is the usual pair of copies, not a delivery that was sent again. */
export const duplicateEvent = (reason: string): string =>
  reason === REPEATED_MENTION ? ignored(reason) : "event_duplicate";
export const DUPLICATE_EVENTS = ["event_duplicate", ignored(REPEATED_MENTION)];

const OWN_ACCEPTED: readonly string[] = ["github", "cron"];
export const acceptedEvent = (provider: string): string =>
  OWN_ACCEPTED.includes(provider) ? `${provider}_event_accepted` : "event_accepted";
export const ACCEPTED_EVENTS = ["event_accepted", ...OWN_ACCEPTED.map((provider) => `${provider}_event_accepted`)];

/** The source of a batch; `mixed` when there is more than one. */
export function sourceOf(batch: readonly Pick<QueuedEvent, "source">[]): EventSource | "mixed" {
  const [first, ...more] = new Set(batch.map(({ source }) => source));
  return first === undefined || more.length > 0 ? "mixed" : first;
}

const SOURCES: readonly (EventSource | "mixed")[] = ["slack", "github", "cron", "approval", "admin", "hook", "mixed"];
const OUTCOMES = {
  accepted: "fired",
  busy: "busy",
  dropped: "dropped",
  failed: "failed",
  unknown: "failed",
  released: "released",
} as const satisfies Record<ClaimResult["kind"] | "dropped", string>;

/** How a batch's way to the runner ended. */
export const triggerEvent = (source: EventSource | "mixed", result: keyof typeof OUTCOMES): string =>
  `${source}_trigger_${OUTCOMES[result]}`;
const eventsOf = (results: readonly (keyof typeof OUTCOMES)[]) =>
  SOURCES.flatMap((source) => results.map((result) => triggerEvent(source, result)));
export const TRIGGER_EVENTS = eventsOf(["accepted", "busy", "dropped", "failed"]);
export const FAILED_TRIGGER_EVENTS = eventsOf(["failed"]);

/** A change to an event that still waited. */
export const changeFacts = (
  outcome: "amended" | "cancelled",
  ids: { provider: "slack" | "github"; deliveryId: string; eventId: string },
) => ({ event: `event_${outcome}`, outcome, ...ids });
