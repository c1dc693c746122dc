/** Rows of migration 1 as TypeScript sees them: integers 0 and 1 for booleans, JSON as text. */
import type { Generated } from "kysely";

interface AuditTable {
  seq: number;
  at: number;
  service: string;
  event: string;
  actor_kind: "slack" | "github" | "admin" | "agent" | "service" | "system";
  actor: string;
  anchor_id: string | null;
  session_id: string | null;
  trigger_id: string | null;
  target: string;
  decision: string;
  rule: string | null;
  policy_rev: string | null;
  reason: string | null;
  args_digest: string | null;
  args_shape: string | null;
  result_digest: string | null;
  result_bytes: number | null;
  before_digest: string | null;
  after_digest: string | null;
  redactions: number;
  duration_ms: number | null;
  cost_micros: number | null;
  request_id: string | null;
  op_id: string | null;
  detail: string;
  prev_hash: string;
  hash: string;
  mac: string;
  key_id: string;
}
interface AuditSegmentsTable {
  first_seq: number;
  last_seq: number;
  first_prev_hash: string;
  last_hash: string;
  file: string;
  sha256: string;
  mac: string;
  key_id: string;
}
interface ChangesTable {
  seq: number;
  topic: string;
  key: string;
  at: number;
}
interface AnchorTermsTable {
  term: string;
  anchor_id: string;
  last_activity: number;
}
interface UsageHourlyTable {
  hour: number;
  channel: string;
  user: string;
  model: string;
  repo: string;
  source: string;
  agent: string;
  runs: number;
  input: number;
  cached: number;
  output: number;
  reasoning: number;
  cost_micros: number;
  unpriced_tokens: number;
  wall_ms: number;
  tool_calls: Generated<number>;
}
interface ConfigVersionsTable {
  file: string;
  version: number;
  sha256: string;
  text: string;
  author: string;
  origin: "admin" | "file" | "restore";
  base_version: number | null;
  reason: string | null;
  at: number;
}
interface ServiceStatusTable {
  service: string;
  instance: string;
  version: string | null;
  pid: number | null;
  started_at: number | null;
  seen_at: number;
  config_version: string | null;
  mem: number | null;
  loop_lag_p99: number | null;
  note: string | null;
  detail: string;
}
interface IntegrationStatusTable {
  integration: string;
  state: string;
  since: number;
  last_ok_at: number | null;
  last_error: string | null;
  latency_ms: number | null;
  drift: string | null;
  updated_at: number;
}
interface IntegrationToolsTable {
  integration: string;
  tool: string;
  tier: string;
  schema_digest: string;
  seen_upstream_at: number;
  last_used_at: number | null;
}
interface EgressHourlyTable {
  hour: number;
  host: string;
  method: string;
  path_prefix: string;
  rule: string;
  count: number;
}
interface EgressBlockedTable {
  host: string;
  reason: string;
  sample: string;
  tries: number;
  first_at: number;
  last_at: number;
  anchor_id: string | null;
  dismissed: Generated<number>;
}
interface ScheduleLinesTable {
  line_hash: string;
  line_no: number;
  text: string;
  expression: string | null;
  prompt: string | null;
  directory: string | null;
  key: string | null;
  valid: 0 | 1;
  error: string | null;
  next_at: number | null;
  updated_at: number;
  zone: string | null;
  words: string | null;
  error_code: string | null;
  error_column: number | null;
  suggestion: string | null;
  first_seen_at: number | null;
}
interface ScheduleRunsTable {
  line_hash: string;
  due_at: number;
  fired_at: number | null;
  state: string;
  anchor_id: string | null;
  reason: string | null;
  opened_at: number | null;
  requested_by: string | null;
  event_id: string | null;
  correlation_key: string | null;
}
interface DoctorRunsTable {
  id: string;
  at: number;
  by: string;
  ok: 0 | 1;
  checks: string;
}
interface ChainHeadsTable {
  chain: string;
  seq: number;
  hash: string;
}
interface MetaTable {
  key: string;
  value: string;
}
interface CountersTable {
  name: string;
  value: number;
}
interface SettingsTable {
  key: string;
  value: string;
  by: string;
  at: number;
}
interface SnoozesTable {
  key: string;
  until: number;
  by: string;
  at: number;
}

export interface EvidenceTables {
  audit: AuditTable;
  audit_segments: AuditSegmentsTable;
  changes: ChangesTable;
  anchor_terms: AnchorTermsTable;
  usage_hourly: UsageHourlyTable;
  config_versions: ConfigVersionsTable;
  service_status: ServiceStatusTable;
  integration_status: IntegrationStatusTable;
  integration_tools: IntegrationToolsTable;
  egress_hourly: EgressHourlyTable;
  egress_blocked: EgressBlockedTable;
  schedule_lines: ScheduleLinesTable;
  schedule_runs: ScheduleRunsTable;
  doctor_runs: DoctorRunsTable;
  chain_heads: ChainHeadsTable;
  meta: MetaTable;
  counters: CountersTable;
  settings: SettingsTable;
  snoozes: SnoozesTable;
}
