/** Rows of migration 1 as TypeScript sees them: integers 0 and 1 for booleans, JSON as text. */
import type { Generated } from "kysely";

interface TriggersTable {
  id: string;
  dispatch_id: string;
  cause: "dispatch" | "continue" | "direct" | "observed" | "e2e";
  anchor_id: string;
  session_id: string | null;
  source: string;
  correlation_key: string | null;
  requesters: string;
  reply_to: string | null;
  status: "starting" | "running" | "parked" | "completed" | "error" | "aborted" | "budget" | "crashed";
  prompt: string | null;
  prompt_message_id: string;
  prompt_part_id: string | null;
  park: string | null;
  reason: string | null;
  error: string | null;
  revs: string | null;
  tools: Generated<number>;
  errors: Generated<number>;
  tokens_input: Generated<number>;
  tokens_output: Generated<number>;
  tokens_reasoning: Generated<number>;
  tokens_cache_read: Generated<number>;
  tokens_cache_write: Generated<number>;
  cost_micros: Generated<number>;
  unpriced_tokens: Generated<number>;
  started_at: number;
  prompt_sent_at: number | null;
  last_event_at: number | null;
  ended_at: number | null;
  version: Generated<number>;
}
interface SessionPartsTable {
  session_id: string;
  part_id: string;
  anchor_id: string;
  trigger_id: string | null;
  message_id: string;
  type: string;
  role: string | null;
  first_seq: number;
  rev: number;
  state: string;
  bytes: number;
  truncated: 0 | 1;
  updated_at: number;
}
interface ApprovalsTable {
  id: string;
  store: string;
  tool: string;
  target_key: string;
  profile: string | null;
  args: string;
  args_sha256: string;
  context_sha256: string;
  authored_args: string;
  injected: string;
  presentation: string;
  requesters: string;
  rule: string;
  policy: string;
  anchor_id: string;
  session_id: string;
  trigger_id: string | null;
  state: "pending" | "executing" | "done" | "failed" | "rejected" | "expired";
  why: "reviewer" | "withdrawn" | "stopped" | "edited" | "veto" | "post_failed" | null;
  reason: string | null;
  replaces: string | null;
  replaced_by: string | null;
  grant_id: string | null;
  channel: string;
  thread_ts: string;
  message_ts: string | null;
  fence: number;
  result: string | null;
  error: string | null;
  side_effect: "none" | "attempted" | "unknown";
  side_effect_at: number | null;
  outcome_note: string | null;
  created_at: number;
  expires_at: number;
  decided_at: number | null;
  executing_at: number | null;
  finished_at: number | null;
  version: Generated<number>;
}
interface ApprovalVotesTable {
  approval_id: string;
  voter: string;
  decision: "approved" | "rejected";
  reason: string | null;
  click_id: string;
  via: string;
  at: number;
}
interface GrantsTable {
  id: string;
  store: string;
  tool: string;
  target_key: string;
  rule: string;
  scope_kind: "conversation" | "content" | "repo";
  scope_key: string;
  fingerprint: string | null;
  requesters: string;
  max_uses: number | null;
  uses: Generated<number>;
  created_by: string;
  approvers: string;
  created_at: number;
  expires_at: number;
  revoked_at: number | null;
  revoked_by: string | null;
  revoked_reason: string | null;
  version: Generated<number>;
}
interface CardsTable {
  id: string;
  kind: "question" | "permission" | "budget" | "notice";
  ref_id: string;
  anchor_id: string;
  trigger_id: string | null;
  channel: string;
  thread_ts: string;
  message_ts: string | null;
  state: "open" | "answered" | "expired" | "withdrawn";
  payload: string | null;
  result: string | null;
  acted_by: string | null;
  created_at: number;
  expires_at: number;
  acted_at: number | null;
  version: Generated<number>;
}
interface ProgressMessagesTable {
  trigger_id: string;
  channel: string;
  thread_ts: string;
  message_ts: string | null;
  rev: number;
  digest: string;
  state: "live" | "final" | "gone";
  updated_at: number;
}

export interface WorkTables {
  triggers: TriggersTable;
  session_parts: SessionPartsTable;
  approvals: ApprovalsTable;
  approval_votes: ApprovalVotesTable;
  grants: GrantsTable;
  cards: CardsTable;
  progress_messages: ProgressMessagesTable;
}
