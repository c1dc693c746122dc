/** What the runner counts; every line is a log event, so log and metrics cannot disagree. */
import type { CountedEvent, ObservedEvent } from "@thor/kit/metrics";

export const COUNTED: readonly CountedEvent[] = [
  {
    metric: "triggers_total",
    help: "Calls of /trigger by answer",
    labels: { result: "result" },
    events: ["trigger_answered"],
  },
  {
    metric: "stream_gaps_total",
    help: "Breaks of the event stream",
    labels: { cause: "error" },
    events: ["stream_gap"],
  },
  {
    metric: "opencode_drift_total",
    help: "Fields of OpenCode that are not as known",
    labels: { type: "type", field: "field" },
    events: ["opencode_drift"],
  },
  {
    metric: "nudges_total",
    help: "Times an agent was told to go on",
    labels: { kind: "kind" },
    events: ["turn_spurred"],
  },
  { metric: "parks_total", help: "Runs that stand still", labels: { why: "why" }, events: ["turn_parked"] },
  { metric: "stops_total", help: "Stops by people", labels: { via: "via" }, events: ["run_stopped"] },
  {
    metric: "questions_total",
    help: "Questions and requests for leave; no result means that people were asked",
    labels: { kind: "kind", result: "answer" },
    events: ["question_asked", "permission_asked", "request_answered"],
  },
  {
    metric: "tokens_total",
    help: "Tokens by kind",
    labels: { model: "model" },
    events: ["session_done"],
    amounts: [
      { fact: "tokensInput", labels: { kind: "input" } },
      { fact: "tokensOutput", labels: { kind: "output" } },
      { fact: "tokensReasoning", labels: { kind: "reasoning" } },
      { fact: "tokensCacheRead", labels: { kind: "cache_read" } },
      { fact: "tokensCacheWrite", labels: { kind: "cache_write" } },
    ],
  },
  {
    metric: "cost_micros_total",
    help: "Cost in millionths of a dollar",
    labels: { model: "model" },
    events: ["session_done"],
    amounts: [{ fact: "costMicros", labels: {} }],
  },
  {
    metric: "unpriced_tokens_total",
    help: "Tokens that no price is known for",
    labels: { model: "model" },
    events: ["session_done"],
    amounts: [{ fact: "unpricedTokens", labels: {} }],
  },
  {
    metric: "progress_refused_total",
    help: "Control messages that Slack did not take",
    labels: { code: "code" },
    events: ["progress_refused"],
  },
  { metric: "recorder_waits_total", help: "Steps kept back", labels: { cause: "outcome" }, events: ["recorder_waits"] },
  {
    metric: "recorder_dropped_total",
    help: "Steps that gave way while the ledger was away",
    labels: {},
    events: ["recorder_dropped"],
    amounts: [{ fact: "dropped", labels: {} }],
  },
  {
    metric: "recovered_total",
    help: "Runs of an earlier process that were taken up",
    labels: { case: "status" },
    events: ["run_recovered"],
  },
  { metric: "children_total", help: "Sub-agents", labels: {}, events: ["child_session_registered"] },
];

const SECONDS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

export const OBSERVED: readonly ObservedEvent[] = [
  {
    metric: "run_seconds",
    help: "From the opening of a run to its end",
    labels: { status: "status" },
    events: ["session_done"],
    fact: "tookMs",
    per: 1000,
    buckets: [1, 5, 15, 60, 300, 900, 3600, 21_600],
  },
  {
    metric: "time_to_first_event_seconds",
    help: "From the opening of a run until OpenCode has taken its prompt",
    labels: {},
    events: ["prompt_confirmed"],
    fact: "tookMs",
    per: 1000,
    buckets: SECONDS,
  },
  {
    metric: "stop_seconds",
    help: "From a person's wish to stop until the run has ended",
    labels: {},
    events: ["run_stopped"],
    fact: "tookMs",
    per: 1000,
    buckets: SECONDS,
  },
];
