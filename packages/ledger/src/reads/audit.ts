/** The evidence as pages and commands read it. */
import type { AuditRow } from "../contract/evidence.ts";
import type { Page } from "../contract/outcome.ts";
import type { Change } from "../contract/status.ts";
import { FIRST_PREV_HASH } from "../pure/chain-row.ts";
import type { Db, Row } from "../schema.ts";
import { given } from "./cell.ts";

const MAX_ROWS = 200;
const MAX_EXPORT = 1000;

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
  ...given({ rule: row.rule, reason: row.reason, requestId: row.request_id }),
  detail: detailOf(row.detail),
  hash: row.hash,
});

export interface AuditFilter {
  anchorId?: string | undefined;
  triggerId?: string | undefined;
  /** The event, or what it begins with. */
  event?: string | undefined;
  decision?: string | undefined;
  /** Words in target, rule or reason. */
  text?: string | undefined;
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
      if (filter.triggerId !== undefined) query = query.where("trigger_id", "=", filter.triggerId);
      if (filter.event !== undefined)
        query = query.where("event", ">=", filter.event).where("event", "<", `${filter.event}\uffff`);
      if (filter.decision !== undefined) query = query.where("decision", "=", filter.decision);
      const { text } = filter;
      if (text !== undefined)
        query = query.where((is) =>
          is.or((["target", "rule", "reason"] as const).map((column) => is(column, "like", `%${text}%`))),
        );
      if (filter.actor !== undefined) query = query.where("actor", "=", filter.actor);
      if (filter.from !== undefined) query = query.where("at", ">=", filter.from);
      if (filter.to !== undefined) query = query.where("at", "<", filter.to);
      if (filter.after !== undefined) query = query.where("seq", "<", Number(filter.after));
      const rows = await query.orderBy("seq", "desc").limit(limit).execute();
      const last = rows.length === limit ? rows.at(-1) : undefined;
      return { rows: rows.map(auditOf), ...(last === undefined ? {} : { next: String(last.seq) }) };
    },
    /** One line with everything that is kept of it. */
    auditBySeq: ({ seq }: { seq: number }) =>
      db.selectFrom("audit").selectAll().where("seq", "=", seq).executeTakeFirst(),
    /** Raw lines for an export, in order. */
    auditLines: ({ after, to, limit }: { after: number; to: number; limit: number }) => {
      const lines = db.selectFrom("audit").selectAll().where("seq", ">", after).where("seq", "<=", to);
      return lines.orderBy("seq").limit(Math.min(limit, MAX_EXPORT)).execute();
    },
    /** The newest position of the change feed and the oldest one that is still kept. */
    changePositions: async (): Promise<{ newest: number; oldest: number }> => {
      const head = await db.selectFrom("chain_heads").select("seq").where("chain", "=", "changes").executeTakeFirst();
      const oldest = db.selectFrom("changes").select(({ fn }) => fn.min("seq").as("seq"));
      const newest = head?.seq ?? 0;
      return { newest, oldest: (await oldest.executeTakeFirst())?.seq ?? newest + 1 };
    },
    /** What changed after a position, in commit order. */
    readChanges: async ({ after, limit }: { after: number; limit: number }): Promise<Change[]> => {
      const changes = db.selectFrom("changes").selectAll().where("seq", ">", after).orderBy("seq");
      return changes.limit(Math.min(limit, 1000)).execute();
    },
  };
}
