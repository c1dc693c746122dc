/** What the gateway counts; every line is a log event, so log and metrics cannot disagree. */
import type { CountedEvent, ObservedEvent } from "@thor/kit/metrics";

import {
  ACCEPTED_EVENTS,
  DUPLICATE_EVENTS,
  FAILED_TRIGGER_EVENTS,
  IGNORED_EVENTS,
  TRIGGER_EVENTS,
} from "./core/log-events.ts";

export const COUNTED: readonly CountedEvent[] = [
  {
    metric: "events_total",
    help: "Deliveries by what became of them",
    labels: { provider: "provider", outcome: "outcome", reason: "reason" },
    events: [...ACCEPTED_EVENTS, ...IGNORED_EVENTS, "event_amended", "event_cancelled"],
  },
  {
    metric: "duplicates_total",
    help: "Deliveries that repeat an earlier one",
    labels: { provider: "provider", by: "reason" },
    events: DUPLICATE_EVENTS,
  },
  {
    metric: "dead_letters_total",
    help: "Events given up",
    labels: { source: "source", reason: "reason" },
    events: ["event_dead"],
  },
  {
    metric: "lookups_total",
    help: "Questions to GitHub and Slack by kind and result",
    labels: { kind: "kind", result: "result" },
    events: ["looked_up", "gate_looked_up"],
  },
  {
    metric: "gate_lookups_total",
    help: "Questions whether a channel is open",
    labels: { result: "result" },
    events: ["gate_looked_up"],
  },
  { metric: "dispatch_total", help: "Hand-overs by result", labels: { result: "result" }, events: TRIGGER_EVENTS },
  {
    metric: "retries_total",
    help: "Hand-overs that are tried again",
    labels: { source: "source" },
    events: FAILED_TRIGGER_EVENTS,
  },
  { metric: "notices_total", help: "Words to people", labels: { channel: "channel" }, events: ["notice_sent"] },
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

const SECONDS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

export const OBSERVED: readonly ObservedEvent[] = [
  {
    metric: "admission_seconds",
    help: "From a proven delivery to its commit",
    labels: { provider: "provider" },
    events: ACCEPTED_EVENTS,
    fact: "tookMs",
    per: 1000,
    buckets: SECONDS,
  },
  {
    metric: "time_to_dispatch_seconds",
    help: "From the arrival of the oldest event of a batch to the runner's yes",
    labels: { source: "source" },
    events: ["batch_accepted"],
    fact: "waitedMs",
    per: 1000,
    buckets: SECONDS,
  },
  {
    metric: "dispatch_seconds",
    help: "The hand-over alone",
    labels: {},
    events: ["batch_accepted"],
    fact: "tookMs",
    per: 1000,
    buckets: SECONDS,
  },
  {
    metric: "batch_events",
    help: "Events in a batch",
    labels: {},
    events: ["batch_accepted"],
    fact: "events",
    per: 1,
    buckets: [1, 2, 5, 10, 20, 50],
  },
  {
    metric: "prompt_bytes",
    help: "Size of the prompt of a batch",
    labels: {},
    events: ["batch_accepted"],
    fact: "promptBytes",
    per: 1,
    buckets: [1024, 4096, 16_384, 65_536, 262_144, 524_288],
  },
  {
    metric: "lookup_seconds",
    help: "How long questions to GitHub and Slack took",
    labels: { kind: "kind" },
    events: ["looked_up", "gate_looked_up"],
    fact: "tookMs",
    per: 1000,
    buckets: SECONDS,
  },
];
