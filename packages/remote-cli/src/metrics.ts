/** What remote-cli counts; every line is a log event, so log and metrics cannot disagree. No label holds argv, a repository or text of a user. */
import type { CountedEvent, ObservedEvent } from "@thor/kit/metrics";

const CALL = { tool: "tool", command: "command" };

export const COUNTED: readonly CountedEvent[] = [
  {
    metric: "calls_total",
    help: "Calls by what was decided and how they ended",
    labels: { ...CALL, decision: "decision", ended: "ended" },
    events: ["exec_finished", "exec_denied"],
  },
  { metric: "denied_total", help: "Refusals by rule", labels: { tool: "tool", rule: "rule" }, events: ["exec_denied"] },
  {
    metric: "auth_failures_total",
    help: "Calls without a right to act",
    labels: { reason: "reason" },
    events: ["auth_rejected", "session_unbound", "session_not_running"],
  },
  {
    metric: "killed_total",
    help: "Calls that were ended from outside",
    labels: { reason: "ended" },
    events: ["exec_timeout", "exec_capped", "exec_cancelled"],
  },
  {
    metric: "output_bytes_total",
    help: "What calls printed",
    labels: { tool: "tool" },
    events: ["exec_finished"],
    amounts: [{ fact: "bytes", labels: {} }],
  },
  { metric: "capped_total", help: "Calls that printed too much", labels: { tool: "tool" }, events: ["exec_capped"] },
  {
    metric: "token_mints_total",
    help: "Tokens asked of the git host, by result",
    labels: { class: "class" },
    events: ["token_minted", "token_mint_failed"],
  },
  {
    metric: "broker_requests_total",
    help: "What gh asked of the API",
    labels: { verdict: "verdict" },
    events: ["broker_forwarded", "broker_denied"],
  },
  {
    metric: "alias_conflicts_total",
    help: "Names that belong to another conversation",
    labels: { type: "type" },
    events: ["alias_conflict"],
  },
  {
    metric: "sandbox_commands_total",
    help: "Commands in sandboxes, by how they ended",
    labels: { command: "command", ended: "ended" },
    events: ["sandbox_finished"],
  },
  { metric: "audit_failures_total", help: "Rows that were not stored", labels: {}, events: ["audit_write_failed"] },
];

export const OBSERVED: readonly ObservedEvent[] = [
  {
    metric: "call_seconds",
    help: "How long calls ran",
    labels: CALL,
    events: ["exec_finished"],
    fact: "durationMs",
    per: 1000,
    buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 1800],
  },
  {
    metric: "sandbox_seconds",
    help: "How long commands in sandboxes took, with both syncs",
    labels: { command: "command" },
    events: ["sandbox_finished"],
    fact: "ranMs",
    per: 1000,
    buckets: [0.1, 0.5, 1, 5, 15, 60, 300, 1800, 7200],
  },
  {
    metric: "queue_wait_seconds",
    help: "How long calls waited for room",
    labels: {},
    events: ["exec_started"],
    fact: "waitedMs",
    per: 1000,
    buckets: [0.001, 0.01, 0.1, 0.5, 1, 5, 15, 30],
  },
];
