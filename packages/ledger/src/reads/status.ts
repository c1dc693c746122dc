/** What pages list: conversations, usage, files' versions, services and links to the outside. */
import type { Json } from "@thor/domain/json";
import { sql } from "kysely";

import type { Anchor } from "../contract/identity.ts";
import type { Page } from "../contract/outcome.ts";
import type { ConfigVersion, ServiceRow, UsageSums } from "../contract/status.ts";
import type { Db, Row } from "../schema.ts";
import { given, parseJson } from "./cell.ts";
import { anchorOfRow } from "./identity.ts";

const MAX_ROWS = 200;
const LIVE_MS = 30_000;

const configOf = (row: Row<"config_versions">): ConfigVersion => ({
  version: row.version,
  file: row.file,
  sha256: row.sha256,
  rev: row.sha256.slice(0, 12),
  text: row.text,
  author: row.author,
  origin: row.origin,
  at: row.at,
  ...given({ baseVersion: row.base_version, reason: row.reason }),
});

interface ConversationFilter {
  /** Words that must all be known of it. */
  terms?: string[] | undefined;
  limit: number;
  after?: string | undefined;
}
const placeOf = (after: string) => {
  const [at = "0", id = ""] = after.split("/");
  return { at: Number(at), id };
};

function createConversationReads(db: Db) {
  return {
    /** Conversations, most recently active first. */
    listConversations: async (filter: ConversationFilter): Promise<Page<Anchor>> => {
      const limit = Math.min(filter.limit, MAX_ROWS);
      let query = db.selectFrom("anchors").selectAll();
      for (const term of filter.terms ?? []) {
        const found = db.selectFrom("anchor_terms").select("anchor_id").where("term", "=", term.toLowerCase());
        query = query.where("id", "in", found);
      }
      if (filter.after !== undefined) {
        const { at, id } = placeOf(filter.after);
        query = query.where(sql<boolean>`(last_active_at, id) < (${at}, ${id})`);
      }
      const rows = await query.orderBy("last_active_at", "desc").orderBy("id", "desc").limit(limit).execute();
      const last = rows.length === limit ? rows.at(-1) : undefined;
      return {
        rows: rows.map(anchorOfRow),
        ...(last === undefined ? {} : { next: `${last.last_active_at}/${last.id}` }),
      };
    },
    /** Sums since a time, by model. */
    usageSince: async ({
      since,
      user,
      channel,
    }: {
      since: number;
      user?: string | undefined;
      channel?: string | undefined;
    }): Promise<(UsageSums & { model: string })[]> => {
      let query = db.selectFrom("usage_hourly").where("hour", ">=", since);
      if (user !== undefined) query = query.where("user", "=", user);
      if (channel !== undefined) query = query.where("channel", "=", channel);
      const sums = query
        .groupBy("model")
        .select((column) => [
          "model",
          column.fn.sum<number>("runs").as("runs"),
          column.fn.sum<number>("input").as("input"),
          column.fn.sum<number>("cached").as("cached"),
          column.fn.sum<number>("output").as("output"),
          column.fn.sum<number>("reasoning").as("reasoning"),
          column.fn.sum<number>("cost_micros").as("costMicros"),
          column.fn.sum<number>("unpriced_tokens").as("unpricedTokens"),
          column.fn.sum<number>("wall_ms").as("wallMs"),
          column.fn.sum<number>("tool_calls").as("toolCalls"),
        ]);
      return sums.orderBy("model").limit(MAX_ROWS).execute();
    },
  };
}

/** How much wants a person. */
export interface AttentionCounts {
  approvals: number;
  /** Hosts that were stopped again and again since a time. */
  blocked: number;
  /** Links to the outside that do not work. */
  broken: number;
}
const PERSISTENT_TRIES = 3;

const createAttentionReads = (db: Db) => ({
  attentionCounts: async ({ since }: { since: number }): Promise<AttentionCounts> => {
    const pending = db.selectFrom("approvals").where("state", "=", "pending");
    const hosts = db.selectFrom("egress_blocked").where("dismissed", "=", 0).where("last_at", ">=", since);
    const links = db.selectFrom("integration_status").where("state", "in", ["down", "drift", "refused"]);
    const [approvals, blocked, broken] = await Promise.all([
      pending.select("id").limit(MAX_ROWS).execute(),
      hosts.where("tries", ">=", PERSISTENT_TRIES).select("host").limit(MAX_ROWS).execute(),
      links.select("integration").limit(MAX_ROWS).execute(),
    ]);
    return { approvals: approvals.length, blocked: blocked.length, broken: broken.length };
  },
});

const createSettingReads = (db: Db) => ({
  configVersions: async ({ file, limit }: { file: string; limit: number }): Promise<ConfigVersion[]> => {
    const versions = db.selectFrom("config_versions").selectAll().where("file", "=", file).orderBy("version", "desc");
    return (await versions.limit(Math.min(limit, MAX_ROWS)).execute()).map(configOf);
  },
  configVersion: async ({ file, version }: { file: string; version: number }): Promise<ConfigVersion | undefined> => {
    const versions = db.selectFrom("config_versions").selectAll().where("file", "=", file);
    const row = await versions.where("version", "=", version).executeTakeFirst();
    return row && configOf(row);
  },
  /** What operators do not want to be told again before a time. */
  snoozesAfter: ({ now }: { now: number }) =>
    db.selectFrom("snoozes").selectAll().where("until", ">", now).limit(MAX_ROWS).execute(),
});

/** Reads about operations. */
export const createStatusReads = (db: Db) => ({
  ...createConversationReads(db),
  ...createAttentionReads(db),
  ...createSettingReads(db),
  listServices: async ({ now }: { now: number }): Promise<ServiceRow[]> => {
    const rows = await db
      .selectFrom("service_status")
      .selectAll()
      .orderBy("service")
      .orderBy("instance")
      .limit(MAX_ROWS)
      .execute();
    return rows.map(({ service, instance, seen_at: seenAt, detail }) => ({
      service,
      instance,
      seenAt,
      live: now - seenAt <= LIVE_MS,
      detail: parseJson(detail),
    }));
  },
  getSetting: async ({ key }: { key: string }): Promise<Json | undefined> => {
    const row = await db.selectFrom("settings").select("value").where("key", "=", key).executeTakeFirst();
    return row === undefined ? undefined : parseJson(row.value);
  },
  listIntegrations: () =>
    db.selectFrom("integration_status").selectAll().orderBy("integration").limit(MAX_ROWS).execute(),
  listIntegrationTools: ({ integration }: { integration: string }) =>
    db
      .selectFrom("integration_tools")
      .selectAll()
      .where("integration", "=", integration)
      .orderBy("tool")
      .limit(500)
      .execute(),
  listEgress: ({ since }: { since: number }) =>
    db
      .selectFrom("egress_hourly")
      .selectAll()
      .where("hour", ">=", since)
      .orderBy("hour", "desc")
      .limit(MAX_ROWS)
      .execute(),
  listBlocked: () =>
    db
      .selectFrom("egress_blocked")
      .selectAll()
      .where("dismissed", "=", 0)
      .orderBy("last_at", "desc")
      .limit(MAX_ROWS)
      .execute(),
  lastDoctor: () => db.selectFrom("doctor_runs").selectAll().orderBy("id", "desc").limit(1).executeTakeFirst(),
});
