/** The evidence as pages and commands read it. */
import type { AuditRow } from "../contract/evidence.ts";
import type { Page } from "../contract/outcome.ts";
import type { Change } from "../contract/status.ts";
import { FIRST_PREV_HASH } from "../pure/chain-row.ts";
import type { Db, Row } from "../schema.ts";
import { given } from "./cell.ts";

const MAX_ROWS = 200;

const detailOf = (text: string): AuditRow["detail"] => {
  const detail: AuditRow["detail"] = JSON.parse(text);
  return detail;
};

const auditOf = (row: Row<"audit">): AuditRow => ({
  seq: row.seq,
  at: row.at,
  service: row.service,
  event: row.event,
  actorKind: row.actor_kind,
  actor: row.actor,
  ...given({ anchorId: row.anchor_id, sessionId: row.session_id, triggerId: row.trigger_id }),
  target: row.target,
  decision: row.decision,
  ...given({ rule: row.rule, reason: row.reason }),
  detail: detailOf(row.detail),
  hash: row.hash,
});

export interface AuditFilter {
  anchorId?: string | undefined;
  event?: string | undefined;
  actor?: string | undefined;
  from?: number | undefined;
  to?: number | undefined;
  limit: number;
  after?: string | undefined;
}

/** Reads about evidence and the change feed. */
export function createAuditReads(db: Db) {
  return {
    auditHead: async (): Promise<{ seq: number; hash: string }> => {
      const head = await db.selectFrom("chain_heads").selectAll().where("chain", "=", "audit").executeTakeFirst();
      return { seq: head?.seq ?? 0, hash: head?.hash ?? FIRST_PREV_HASH };
    },
    auditPage: async (filter: AuditFilter): Promise<Page<AuditRow>> => {
      const limit = Math.min(filter.limit, MAX_ROWS);
      let query = db.selectFrom("audit").selectAll();
      if (filter.anchorId !== undefined) query = query.where("anchor_id", "=", filter.anchorId);
      if (filter.event !== undefined) query = query.where("event", "=", filter.event);
      if (filter.actor !== undefined) query = query.where("actor", "=", filter.actor);
      if (filter.from !== undefined) query = query.where("at", ">=", filter.from);
      if (filter.to !== undefined) query = query.where("at", "<", filter.to);
      if (filter.after !== undefined) query = query.where("seq", "<", Number(filter.after));
      const rows = await query.orderBy("seq", "desc").limit(limit).execute();
      const last = rows.length === limit ? rows.at(-1) : undefined;
      return { rows: rows.map(auditOf), ...(last === undefined ? {} : { next: String(last.seq) }) };
    },
    /** What changed after a position, in commit order. */
    readChanges: async ({ after, limit }: { after: number; limit: number }): Promise<Change[]> => {
      const changes = db.selectFrom("changes").selectAll().where("seq", ">", after).orderBy("seq");
      return changes.limit(Math.min(limit, 1000)).execute();
    },
  };
}
