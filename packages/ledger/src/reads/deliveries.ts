/** What was heard and meant nothing to Thor: ids and a reason, kept for some weeks. */
import { sql } from "kysely";

import type { Page } from "../contract/outcome.ts";
import type { IgnoredRow } from "../contract/queue.ts";
import type { Db } from "../schema.ts";
import { given } from "./cell.ts";
import { refsOf } from "./event-view.ts";

const MAX_ROWS = 200;

export const createDeliveryReads = (db: Db) => ({
  /** Ignored deliveries, newest first; `after` is the `next` of the page before. */
  listIgnored: async (filter: { limit: number; after?: string | undefined }): Promise<Page<IgnoredRow>> => {
    const limit = Math.min(filter.limit, MAX_ROWS);
    let query = db.selectFrom("deliveries").selectAll().where("outcome", "=", "ignored").where("kind", "=", "delivery");
    if (filter.after !== undefined) {
      const cut = filter.after.indexOf("/");
      const [at, key] = [Number(filter.after.slice(0, cut)), filter.after.slice(cut + 1)];
      query = query.where(sql<boolean>`(at, key) < (${at}, ${key})`);
    }
    const rows = await query.orderBy("at", "desc").orderBy("key", "desc").limit(limit).execute();
    const last = rows.length === limit ? rows.at(-1) : undefined;
    return {
      rows: rows.map((row) => ({
        provider: row.provider,
        key: row.key,
        eventType: row.event_type,
        ...given({ action: row.action, reason: row.reason }),
        refs: refsOf(row.refs),
        at: row.at,
        repeats: row.repeats,
      })),
      ...(last === undefined ? {} : { next: `${last.at}/${last.key}` }),
    };
  },
});
