/** What the gateway counts; every line is a log event, so log and metrics cannot disagree. */
import type { CountedEvent } from "@thor/kit/metrics";

export const COUNTED: readonly CountedEvent[] = [
  {
    metric: "events_total",
    help: "Deliveries by what became of them",
    labels: { provider: "provider", outcome: "event", reason: "reason" },
    events: ["event_accepted", "event_ignored", "event_amended", "event_cancelled"],
  },
  {
    metric: "duplicates_total",
    help: "Deliveries that repeat an earlier one",
    labels: { provider: "provider", by: "reason" },
    events: ["event_duplicate"],
  },
  { metric: "dispatch_total", help: "Hand-overs by result", labels: { result: "result" }, events: ["claim_settled"] },
  {
    metric: "outbox_sends_total",
    help: "Promises by kind and result",
    labels: { kind: "kind", result: "result" },
    events: ["promise_settled"],
  },
  {
    metric: "clicks_total",
    help: "Presses of buttons",
    labels: { action: "actionId", result: "result" },
    events: ["click_recorded", "click_refused"],
  },
  {
    metric: "push_sync_total",
    help: "Pushes by how their synchronisation ended",
    labels: { status: "status" },
    events: ["github_push_event_handled"],
  },
  {
    metric: "requests_refused_total",
    help: "Unproven requests",
    labels: { reason: "reason" },
    events: ["request_refused"],
  },
];
