/** What people were asked and what they said; and which message shows what. */
import { z } from "zod";

import type { Approval, Card, Grant, Located } from "../contract/approvals.ts";
import type { Page } from "../contract/outcome.ts";
import type { ApprovalState } from "../pure/approval-state.ts";
import type { Db, Row } from "../schema.ts";
import { given, parseJson, parseOptional } from "./cell.ts";

const MAX_ROWS = 200;
type Votes = Approval["votes"];

const approvalOf = (row: Row<"approvals">, votes: Votes): Approval => ({
  id: row.id,
  store: row.store,
  tool: row.tool,
  targetKey: row.target_key,
  args: parseJson(row.args),
  argsSha256: row.args_sha256,
  contextSha256: row.context_sha256,
  authoredArgs: parseJson(row.authored_args),
  injected: parseJson(row.injected),
  presentation: parseJson(row.presentation),
  requesters: parseJson(row.requesters),
  rule: row.rule,
  policy: parseJson(row.policy),
  anchorId: row.anchor_id,
  sessionId: row.session_id,
  state: row.state,
  channel: row.channel,
  threadTs: row.thread_ts,
  fence: row.fence,
  version: row.version,
  sideEffect: row.side_effect,
  createdAt: row.created_at,
  expiresAt: row.expires_at,
  ...given({
    profile: row.profile,
    triggerId: row.trigger_id,
    why: row.why,
    reason: row.reason,
    replaces: row.replaces,
    replacedBy: row.replaced_by,
    grantId: row.grant_id,
    messageTs: row.message_ts,
    result: parseOptional(row.result),
    error: row.error,
    sideEffectAt: row.side_effect_at,
    outcomeNote: row.outcome_note,
    decidedAt: row.decided_at,
    executingAt: row.executing_at,
    finishedAt: row.finished_at,
  }),
  votes,
});

const cardOf = (row: Row<"cards">): Card => ({
  id: row.id,
  kind: row.kind,
  refId: row.ref_id,
  anchorId: row.anchor_id,
  channel: row.channel,
  threadTs: row.thread_ts,
  state: row.state,
  payload: row.payload === null ? null : parseJson(row.payload),
  createdAt: row.created_at,
  expiresAt: row.expires_at,
  version: row.version,
  ...given({ triggerId: row.trigger_id, messageTs: row.message_ts, result: parseOptional(row.result) }),
  ...given({ actedBy: row.acted_by, actedAt: row.acted_at }),
});

const grantOf = (row: Row<"grants">): Grant => ({
  id: row.id,
  store: row.store,
  tool: row.tool,
  targetKey: row.target_key,
  rule: row.rule,
  scopeKind: row.scope_kind,
  scopeKey: row.scope_key,
  requesters: parseJson(row.requesters),
  uses: row.uses,
  createdBy: row.created_by,
  approvers: parseJson(row.approvers),
  createdAt: row.created_at,
  expiresAt: row.expires_at,
  version: row.version,
  ...given({ fingerprint: row.fingerprint, maxUses: row.max_uses, revokedAt: row.revoked_at }),
});

async function votesOf(db: Db, id: string): Promise<Votes> {
  const rows = await db.selectFrom("approval_votes").selectAll().where("approval_id", "=", id).orderBy("at").execute();
  return rows.map(({ voter, decision, reason, via, at }) => ({ voter, decision, via, at, ...given({ reason }) }));
}

interface ApprovalFilter {
  anchorId?: string | undefined;
  state?: ApprovalState | undefined;
  /** Whatever is decided. */
  decided?: boolean | undefined;
  limit: number;
  after?: string | undefined;
}

function createApprovalReads(db: Db) {
  const withVotes = async (row: Row<"approvals">) => approvalOf(row, await votesOf(db, row.id));
  return {
    approvalById: async ({ id }: { id: string }): Promise<Approval | undefined> => {
      const row = await db.selectFrom("approvals").selectAll().where("id", "=", id).executeTakeFirst();
      return row === undefined ? undefined : withVotes(row);
    },
    listApprovals: async (filter: ApprovalFilter): Promise<Page<Approval>> => {
      const limit = Math.min(filter.limit, MAX_ROWS);
      let query = db.selectFrom("approvals").selectAll();
      if (filter.anchorId !== undefined) query = query.where("anchor_id", "=", filter.anchorId);
      if (filter.state !== undefined) query = query.where("state", "=", filter.state);
      if (filter.decided === true) query = query.where("state", "!=", "pending");
      if (filter.after !== undefined) query = query.where("id", "<", filter.after);
      const rows = await Promise.all((await query.orderBy("id", "desc").limit(limit).execute()).map(withVotes));
      const last = rows.length === limit ? rows.at(-1) : undefined;
      return { rows, ...(last === undefined ? {} : { next: last.id }) };
    },
    grantById: async ({ id }: { id: string }): Promise<Grant | undefined> => {
      const row = await db.selectFrom("grants").selectAll().where("id", "=", id).executeTakeFirst();
      return row === undefined ? undefined : grantOf(row);
    },
    /** Grants, newest first, whether or not they still hold. */
    listGrants: async ({ anchorId, limit }: { anchorId?: string | undefined; limit: number }): Promise<Grant[]> => {
      const grants = db.selectFrom("grants").selectAll().orderBy("id", "desc").limit(Math.min(limit, MAX_ROWS));
      const wanted = anchorId === undefined ? grants : grants.where("scope_key", "=", anchorId);
      return (await wanted.execute()).map(grantOf);
    },
    /** Grants of these scopes that still hold. */
    activeGrants: async ({ now, scopeKey }: { now: number; scopeKey?: string | undefined }): Promise<Grant[]> => {
      let query = db.selectFrom("grants").selectAll().where("expires_at", ">", now).where("revoked_at", "is", null);
      if (scopeKey !== undefined) query = query.where("scope_key", "=", scopeKey);
      return (await query.orderBy("id", "desc").limit(MAX_ROWS).execute()).map(grantOf);
    },
    cardById: async ({ id }: { id: string }): Promise<Card | undefined> => {
      const row = await db.selectFrom("cards").selectAll().where("id", "=", id).executeTakeFirst();
      return row === undefined ? undefined : cardOf(row);
    },
    /** What was asked in a run besides approvals, oldest first. */
    cardsOfRun: async ({ anchorId, triggerId }: { anchorId: string; triggerId: string }): Promise<Card[]> => {
      const cards = db.selectFrom("cards").selectAll().where("anchor_id", "=", anchorId);
      return (await cards.where("trigger_id", "=", triggerId).orderBy("id").limit(MAX_ROWS).execute()).map(cardOf);
    },
    openCards: async ({ anchorId }: { anchorId?: string | undefined }): Promise<Card[]> => {
      const open = db.selectFrom("cards").selectAll().where("state", "=", "open");
      const here = anchorId === undefined ? open : open.where("anchor_id", "=", anchorId);
      return (await here.orderBy("id").limit(MAX_ROWS).execute()).map(cardOf);
    },
  };
}

interface Place {
  channel: string;
  ts: string;
}
const Posted = z.object({ ts: z.string() });
const isPosted = (text: string | null, ts: string) =>
  text !== null && Posted.safeParse(JSON.parse(text)).data?.ts === ts;

/** Looks for what Thor itself posted: cards, approvals, the control message, then promises of that channel. */
async function locateOwn(db: Db, { channel, ts }: Place): Promise<Located> {
  for (const [what, table] of [
    ["approval", "approvals"],
    ["card", "cards"],
  ] as const) {
    const row = await db
      .selectFrom(table)
      .selectAll()
      .where("channel", "=", channel)
      .where("message_ts", "=", ts)
      .executeTakeFirst();
    if (row !== undefined)
      return { kind: "known", what, id: row.id, anchorId: row.anchor_id, triggerId: row.trigger_id ?? undefined };
  }
  const live = db.selectFrom("progress_messages").innerJoin("triggers", "triggers.id", "trigger_id");
  const shown = await live
    .select(["trigger_id", "anchor_id"])
    .where("channel", "=", channel)
    .where("message_ts", "=", ts)
    .executeTakeFirst();
  if (shown !== undefined)
    return {
      kind: "known",
      what: "progress",
      id: shown.trigger_id,
      anchorId: shown.anchor_id,
      triggerId: shown.trigger_id,
    };
  const sent = db
    .selectFrom("outbox")
    .selectAll()
    .where("stream", ">=", `slack:${channel}/`)
    .where("stream", "<", `slack:${channel}0`);
  const promises = await sent.where("state", "=", "done").orderBy("id", "desc").limit(1000).execute();
  const promise = promises.find(({ result }) => isPosted(result, ts));
  if (promise === undefined) return { kind: "unknown" };
  return {
    kind: "known",
    what: "promise",
    id: promise.id,
    anchorId: promise.anchor_id ?? undefined,
    triggerId: promise.trigger_id ?? undefined,
  };
}

/** Looks for the event that a person's message became: message keys are `<team>/<channel>/<ts>`, and there is one team. */
async function locateEvent(db: Db, { channel, ts }: Place): Promise<Located> {
  const keys = db.selectFrom("deliveries").where("provider", "=", "slack").where("kind", "=", "message");
  const first = await keys.select("key").orderBy("key").limit(1).executeTakeFirst();
  const [team = ""] = first?.key.split("/") ?? [];
  const delivery = await keys.select("event_id").where("key", "=", `${team}/${channel}/${ts}`).executeTakeFirst();
  const row = await db
    .selectFrom("events")
    .selectAll()
    .where("id", "=", delivery?.event_id ?? "")
    .executeTakeFirst();
  if (row === undefined) return { kind: "unknown" };
  const { id, anchor_id: anchorId, trigger_id: triggerId } = row;
  return { kind: "known", what: "event", id, anchorId: anchorId ?? undefined, triggerId: triggerId ?? undefined };
}

/** Reads about decisions, and where a message belongs. */
export const createDecisionReads = (db: Db) => ({
  ...createApprovalReads(db),
  /** Whose message this is: one of Thor's own, or one that became an event. */
  locateMessage: async ({ channel, ts }: Place): Promise<Located> => {
    const own = await locateOwn(db, { channel, ts });
    if (own.kind === "known") return own;
    const event = await locateEvent(db, { channel, ts });
    if (event.kind === "known") return event;
    const thread = `${channel}/${ts}`;
    const aliases = db.selectFrom("aliases").select("anchor_id").where("type", "=", "slack.thread");
    const bound = await aliases.where("value", "=", thread).executeTakeFirst();
    return bound === undefined
      ? { kind: "unknown" }
      : { kind: "known", what: "event", id: ts, anchorId: bound.anchor_id };
  },
});
