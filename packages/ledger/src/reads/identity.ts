/** Conversations, their outside names, sessions and leases. */
import type { AliasType } from "@thor/domain/alias";
import { parseCorrelationKey } from "@thor/domain/correlation-key";
import type { Provider } from "@thor/domain/queue";

import type { Engagement } from "../contract/admission.ts";
import type { Alias, Anchor, Session } from "../contract/identity.ts";
import { laneIdOf } from "../pure/lane-id.ts";
import type { Db, Row } from "../schema.ts";
import { given, parseOptional } from "./cell.ts";

const MAX_SESSIONS = 500;

interface AliasKey {
  type: AliasType;
  value: string;
}

/** A stored conversation as callers see it. */
export const anchorOfRow = (row: Row<"anchors">): Anchor => ({
  id: row.id,
  originSource: row.origin_source,
  originKey: row.origin_key,
  ...given({ title: row.title, repo: row.repo, directory: row.directory }),
  muted: row.muted === 1,
  visibility: row.visibility,
  createdAt: row.created_at,
  lastActiveAt: row.last_active_at,
  version: row.version,
});
const aliasOf = (row: Row<"aliases">): Alias => ({
  type: row.type,
  value: row.value,
  anchorId: row.anchor_id,
  source: row.source,
  createdAt: row.created_at,
  version: row.version,
});
const sessionOf = (row: Row<"sessions">): Session => ({
  id: row.id,
  anchorId: row.anchor_id,
  ...given({ parentId: row.parent_id, endedAt: row.ended_at, agent: row.agent, model: row.model }),
  kind: row.kind,
  status: row.status,
  createdAt: row.created_at,
});

const isUsed = async (db: Db, anchorId: string): Promise<boolean> => {
  const session = await db
    .selectFrom("sessions")
    .select("id")
    .where("anchor_id", "=", anchorId)
    .limit(1)
    .executeTakeFirst();
  if (session !== undefined) return true;
  const events = db.selectFrom("events").select("id").where("anchor_id", "=", anchorId);
  const kept = events.where("state", "not in", ["dropped", "cancelled", "discarded"]);
  return (await kept.limit(1).executeTakeFirst()) !== undefined;
};

/** What a start after a pause asks. */
const createCatchUpReads = (db: Db) => ({
  /** Slack threads of the conversations that were active last, newest first. */
  recentThreads: async ({ since, limit }: { since: number; limit: number }): Promise<string[]> => {
    const rows = await db
      .selectFrom("anchors")
      .innerJoin("aliases", "aliases.anchor_id", "anchors.id")
      .where("aliases.type", "=", "slack.thread")
      .where("anchors.last_active_at", ">=", since)
      .orderBy("anchors.last_active_at", "desc")
      .limit(limit)
      .select("aliases.value")
      .execute();
    return rows.map(({ value }) => value);
  },
  /** When a provider's newest delivery was handled; undefined before the first. */
  lastDeliveryAt: async ({ provider }: { provider: Provider }): Promise<number | undefined> => {
    const newest = db.selectFrom("deliveries").select("at").where("provider", "=", provider).orderBy("at", "desc");
    return (await newest.limit(1).executeTakeFirst())?.at;
  },
});

/** Which conversation a name outside stands for. */
function createAnchorReads(db: Db) {
  const alias = ({ type, value }: AliasKey) =>
    db.selectFrom("aliases").selectAll().where("type", "=", type).where("value", "=", value).executeTakeFirst();
  const anchor = (id: string) => db.selectFrom("anchors").selectAll().where("id", "=", id).executeTakeFirst();
  const lane = (id: string) =>
    db.selectFrom("lanes").selectAll().where("queue", "=", "events").where("lane", "=", id).executeTakeFirst();
  const anchorById = async ({ anchorId }: { anchorId: string }) => {
    const row = await anchor(anchorId);
    return row === undefined ? undefined : anchorOfRow(row);
  };
  return {
    anchorById,
    engagement: async (key: AliasKey): Promise<Engagement> => {
      const bound = await alias(key);
      if (bound === undefined || !(await isUsed(db, bound.anchor_id))) return { engaged: false };
      const row = await anchor(bound.anchor_id);
      return { engaged: true, anchorId: bound.anchor_id, muted: row?.muted === 1 };
    },
    anchorOf: async (key: AliasKey) => {
      const bound = await alias(key);
      return bound === undefined ? { kind: "unknown" as const } : { kind: "known" as const, anchorId: bound.anchor_id };
    },
    /** The conversation that any correlation key names: a bindable one by its alias, another by its lane. */
    anchorOfKey: async ({ correlationKey }: { correlationKey: string }): Promise<Anchor | undefined> => {
      const parsed = parseCorrelationKey(correlationKey);
      const named = await (parsed.kind === "bindable" ? alias(parsed) : lane(laneIdOf(undefined, correlationKey)));
      const anchorId = named?.anchor_id ?? undefined;
      return anchorId === undefined ? undefined : anchorById({ anchorId });
    },
  };
}

/** Reads about who is who. */
export function createIdentityReads(db: Db) {
  return {
    ...createCatchUpReads(db),
    ...createAnchorReads(db),
    aliasesOf: async ({ anchorId }: { anchorId: string }) => {
      const aliases = db.selectFrom("aliases").selectAll().where("anchor_id", "=", anchorId);
      return (await aliases.orderBy("type").orderBy("created_at").limit(200).execute()).map(aliasOf);
    },
    currentSession: async ({ anchorId }: { anchorId: string }) => {
      const active = db.selectFrom("sessions").selectAll().where("anchor_id", "=", anchorId);
      const row = await active.where("status", "=", "active").where("kind", "=", "main").executeTakeFirst();
      return row === undefined ? undefined : sessionOf(row);
    },
    /** All sessions of a conversation, oldest first; sub-sessions too. */
    sessionsOf: async ({ anchorId }: { anchorId: string }): Promise<Session[]> => {
      const sessions = db.selectFrom("sessions").selectAll().where("anchor_id", "=", anchorId);
      return (await sessions.orderBy("created_at").limit(MAX_SESSIONS).execute()).map(sessionOf);
    },
    sessionById: async ({ sessionId }: { sessionId: string }) => {
      const row = await db.selectFrom("sessions").selectAll().where("id", "=", sessionId).executeTakeFirst();
      return row === undefined ? undefined : sessionOf(row);
    },
    readLease: async ({ name }: { name: string }) => {
      const row = await db.selectFrom("leases").selectAll().where("name", "=", name).executeTakeFirst();
      return row && { ...given({ holder: row.holder }), fence: row.fence, expiresAt: row.expires_at };
    },
    promiseByKey: async ({ dedupeKey }: { dedupeKey: string }) => {
      const row = await db.selectFrom("outbox").selectAll().where("dedupe_key", "=", dedupeKey).executeTakeFirst();
      if (row === undefined) return undefined;
      return { id: row.id, state: row.state, ...given({ result: parseOptional(row.result) }) };
    },
  };
}
