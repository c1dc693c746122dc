/** Migration 2: what the scheduler must know to fire each line once, late or not at all. Frozen once released. */
export const SCHEDULES = [
  "alter table schedule_lines add column zone text",
  "alter table schedule_lines add column words text",
  "alter table schedule_lines add column error_code text",
  "alter table schedule_lines add column error_column bigint",
  "alter table schedule_lines add column suggestion text",
  "alter table schedule_lines add column first_seen_at bigint",
  "alter table schedule_runs add column opened_at bigint",
  "alter table schedule_runs add column requested_by text",
  "alter table schedule_runs add column event_id text",
  "alter table schedule_runs add column correlation_key text",
  "create index schedule_runs_waiting on schedule_runs (opened_at) where state = 'waiting'",
  "create index schedule_runs_line on schedule_runs (line_hash, state)",
] as const;
