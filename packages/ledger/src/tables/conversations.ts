/** Rows of migration 1 as TypeScript sees them: integers 0 and 1 for booleans, JSON as text. */
import type { Generated } from "kysely";

interface AnchorsTable {
  id: string;
  origin_source: string;
  origin_key: string;
  title: string | null;
  repo: string | null;
  directory: string | null;
  stamped_by: string | null;
  stamped_at: number | null;
  muted: Generated<0 | 1>;
  visibility: Generated<"open" | "gated">;
  created_at: number;
  last_active_at: number;
  version: Generated<number>;
}
interface AliasesTable {
  type: "slack.thread" | "git.branch" | "github.issue" | "opencode.session" | "opencode.subsession";
  value: string;
  anchor_id: string;
  source: string;
  created_at: number;
  version: Generated<number>;
}
interface SessionsTable {
  id: string;
  anchor_id: string;
  parent_id: string | null;
  kind: "main" | "sub";
  status: "active" | "superseded" | "lost";
  superseded_by: string | null;
  why: string | null;
  agent: string | null;
  model: string | null;
  created_at: number;
  last_event_at: number;
  ended_at: number | null;
}
interface DeliveriesTable {
  provider: "slack" | "github" | "cron" | "hook" | "approval" | "admin";
  kind: "delivery" | "message";
  key: string;
  event_id: string | null;
  outcome: "accepted" | "ignored";
  reason: string | null;
  event_type: string;
  action: string | null;
  refs: string;
  at: number;
  expires_at: number;
  repeats: Generated<number>;
}
interface EventsTable {
  id: string;
  source: "slack" | "github" | "cron" | "approval" | "hook" | "admin" | "system";
  kind: string;
  correlation_key: string;
  lane: string;
  anchor_id: string | null;
  human: 0 | 1;
  urgent: 0 | 1;
  interrupt: 0 | 1;
  solo: 0 | 1;
  external_author: 0 | 1;
  gate: "open" | "pending";
  actor_slack: string | null;
  actor_github: string | null;
  actor_admin: string | null;
  source_at: number;
  received_at: number;
  not_before: number;
  state: "ready" | "claimed" | "done" | "dropped" | "cancelled" | "discarded" | "dead";
  fence: number | null;
  dispatch_id: string | null;
  trigger_id: string | null;
  attempts: Generated<number>;
  last_error: string | null;
  reason: string | null;
  payload: string | null;
  payload_rev: Generated<number>;
  payload_bytes: number;
  refs: string;
  settled_at: number | null;
  version: Generated<number>;
}
interface EventAttemptsTable {
  event_id: string;
  n: number;
  at: number;
  took_ms: number;
  result: string;
  error: string | null;
}
interface LanesTable {
  queue: "events" | "outbox";
  lane: string;
  anchor_id: string | null;
  due_at: number | null;
  quiet_first_at: number | null;
  quiet_due_at: number | null;
  int_first_at: number | null;
  int_due_at: number | null;
  status: "idle" | "waiting" | "held" | "backoff" | "busy" | "stopped";
  holder: string | null;
  fence: Generated<number>;
  held_at: number | null;
  held_until: number | null;
  dispatch_id: string | null;
  in_hand: Generated<number>;
  failures: Generated<number>;
  first_failed_at: number | null;
  pending: Generated<number>;
  version: Generated<number>;
}
interface LeasesTable {
  name: string;
  holder: string | null;
  fence: number;
  acquired_at: number;
  expires_at: number;
  note: string | null;
}
interface OutboxTable {
  id: string;
  kind: string;
  stream: string;
  dedupe_key: string;
  payload: string;
  anchor_id: string | null;
  trigger_id: string | null;
  state: "pending" | "claimed" | "done" | "failed" | "held";
  attempts: Generated<number>;
  maybe_sent: Generated<0 | 1>;
  not_before: number;
  last_error: string | null;
  result: string | null;
  fence: number | null;
  created_at: number;
  settled_at: number | null;
  version: Generated<number>;
}

export interface ConversationsTables {
  anchors: AnchorsTable;
  aliases: AliasesTable;
  sessions: SessionsTable;
  deliveries: DeliveriesTable;
  events: EventsTable;
  event_attempts: EventAttemptsTable;
  lanes: LanesTable;
  leases: LeasesTable;
  outbox: OutboxTable;
}
