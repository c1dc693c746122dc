/** Conversations as lists show them: with their newest run, sums and outside names; and how one is found. */
import type { Json } from "@thor/domain/json";
import type { RunStatus } from "@thor/domain/run";
import { type ExpressionBuilder, sql } from "kysely";

import type { Anchor } from "../contract/identity.ts";
import type { Page } from "../contract/outcome.ts";
import type { Db, DB } from "../schema.ts";
import { OPEN_RUN } from "../writes/live.ts";
import { given, parseOptional } from "./cell.ts";
import { anchorOfRow } from "./identity.ts";

const MAX_ROWS = 200;
const MAX_FOUND = 20;

/** A line of the list. */
export interface ConversationRow extends Anchor {
  runs: number;
  costMicros: number;
  /** The newest run. */
  run?:
    | {
        id: string;
        status: RunStatus;
        startedAt: number;
        lastEventAt?: number | undefined;
        endedAt?: number | undefined;
        reason?: string | undefined;
        park?: Json | undefined;
      }
    | undefined;
  /** Whether a person's answer is awaited. */
  asks: boolean;
}
export interface ConversationFilter {
  /** Words of which each must begin a known one. */
  words?: readonly string[] | undefined;
  source?: string | undefined;
  repo?: string | undefined;
  /** Of the newest run. */
  statuses?: readonly RunStatus[] | undefined;
  has?: "approval" | "error" | "dead" | "gated" | undefined;
  from?: number | undefined;
  limit: number;
  after?: string | undefined;
}

const placeOf = (after: string) => {
  const [at = "0", id = ""] = after.split("/");
  return { at: Number(at), id };
};

type OfAnchor = ExpressionBuilder<DB, "anchors">;

const newestRun = (is: OfAnchor) =>
  is
    .selectFrom("triggers as newest")
    .select("newest.id")
    .whereRef("newest.anchor_id", "=", "anchors.id")
    .orderBy("newest.started_at", "desc")
    .orderBy("newest.id", "desc")
    .limit(1);

const pendingApproval = (is: OfAnchor) =>
  is.exists(
    is
      .selectFrom("approvals")
      .select("approvals.id")
      .whereRef("approvals.anchor_id", "=", "anchors.id")
      .where("approvals.state", "=", "pending"),
  );
const openCard = (is: OfAnchor) =>
  is.exists(
    is
      .selectFrom("cards")
      .select("cards.id")
      .whereRef("cards.anchor_id", "=", "anchors.id")
      .where("cards.state", "=", "open")
      .where("cards.kind", "!=", "notice"),
  );

function holds(is: OfAnchor, has: NonNullable<ConversationFilter["has"]>) {
  switch (has) {
    case "approval":
      return pendingApproval(is);
    case "gated":
      return is("anchors.visibility", "=", "gated");
    case "dead":
      return is(
        "anchors.id",
        "in",
        is.selectFrom("events").select("anchor_id").where("state", "=", "dead").$castTo<{ anchor_id: string }>(),
      );
    case "error":
      return is.exists(
        is
          .selectFrom("triggers as failed")
          .select("failed.id")
          .whereRef("failed.anchor_id", "=", "anchors.id")
          .where("failed.status", "in", ["error", "crashed"]),
      );
  }
}

/** Where a word that begins like this may stand in the order of words. */
const wordRange = (word: string) => ({ from: word.toLowerCase(), to: `${word.toLowerCase()}\uffff` });

/** A word that few conversations know is looked up first; one that many know is asked of each row in turn. */
const FEW = 500;

interface KnownWord {
  from: string;
  to: string;
  /** Who knows it, when they are few. */
  ids: readonly string[] | undefined;
}

async function knownWord(db: Db, word: string): Promise<KnownWord> {
  const range = wordRange(word);
  const known = db.selectFrom("anchor_terms").select("anchor_id").where("term", ">=", range.from);
  const rows = await known
    .where("term", "<", range.to)
    .limit(FEW + 1)
    .execute();
  return { ...range, ids: rows.length > FEW ? undefined : rows.map((row) => row.anchor_id) };
}

function listOf(db: Db, filter: ConversationFilter, words: readonly KnownWord[]) {
  let rows = db.selectFrom("anchors").selectAll("anchors");
  for (const { from, to, ids } of words) {
    rows =
      ids === undefined
        ? rows.where((is) =>
            is.exists(
              is
                .selectFrom("anchor_terms")
                .select("term")
                .whereRef("anchor_terms.anchor_id", "=", "anchors.id")
                .where("term", ">=", from)
                .where("term", "<", to),
            ),
          )
        : rows.where("anchors.id", "in", ids);
  }
  if (filter.source !== undefined) rows = rows.where("origin_source", "=", filter.source);
  if (filter.repo !== undefined) rows = rows.where("repo", "=", filter.repo);
  if (filter.from !== undefined) rows = rows.where("last_active_at", ">=", filter.from);
  const { has, statuses } = filter;
  if (has !== undefined) rows = rows.where((is) => holds(is, has));
  if (statuses !== undefined)
    rows = rows.where((is) =>
      is.exists(
        is
          .selectFrom("triggers as seen")
          .select("seen.id")
          .where("seen.id", "=", newestRun(is))
          .where("seen.status", "in", statuses),
      ),
    );
  if (filter.after !== undefined) {
    const { at, id } = placeOf(filter.after);
    rows = rows.where(sql<boolean>`(anchors.last_active_at, anchors.id) < (${at}, ${id})`);
  }
  return rows;
}

function withRuns(rows: ReturnType<typeof listOf>) {
  return rows
    .select((is) => [
      newestRun(is).as("run_id"),
      is
        .selectFrom("triggers as every")
        .select(({ fn }) => fn.countAll<number>().as("n"))
        .whereRef("every.anchor_id", "=", "anchors.id")
        .as("runs"),
      is
        .selectFrom("triggers as paid")
        .select(({ fn }) => fn.sum<number>("paid.cost_micros").as("sum"))
        .whereRef("paid.anchor_id", "=", "anchors.id")
        .as("cost"),
      pendingApproval(is).as("has_approval"),
      openCard(is).as("has_card"),
    ])
    .orderBy("anchors.last_active_at", "desc")
    .orderBy("anchors.id", "desc");
}

async function runsById(db: Db, ids: readonly string[]) {
  const rows = await db
    .selectFrom("triggers")
    .select(["id", "status", "started_at", "last_event_at", "ended_at", "reason", "park"])
    .where("id", "in", ids)
    .execute();
  return new Map(
    rows.map((row) => [
      row.id,
      {
        id: row.id,
        status: row.status,
        startedAt: row.started_at,
        ...given({ lastEventAt: row.last_event_at, endedAt: row.ended_at, reason: row.reason }),
        ...given({ park: parseOptional(row.park) }),
      },
    ]),
  );
}

/** Ids that end as a person has copied them from a page. */
const endingWith = async (db: Db, table: "anchors" | "triggers", tail: string) =>
  (await db.selectFrom(table).select("id").where("id", "like", `%${tail}`).limit(MAX_FOUND).execute()).map(
    ({ id }) => id,
  );

/** Reads about many conversations. */
export const createConversationReads = (db: Db) => ({
  /** Conversations with their newest run, most recently active first. */
  conversationRows: async (filter: ConversationFilter): Promise<Page<ConversationRow>> => {
    const limit = Math.min(filter.limit, MAX_ROWS);
    const words = await Promise.all((filter.words ?? []).map((word) => knownWord(db, word)));
    const rows = await withRuns(listOf(db, filter, words))
      .limit(limit)
      .execute();
    const runs = await runsById(
      db,
      rows.flatMap(({ run_id: id }) => id ?? []),
    );
    const last = rows.length === limit ? rows.at(-1) : undefined;
    return {
      rows: rows.map((row) => ({
        ...anchorOfRow(row),
        runs: row.runs ?? 0,
        costMicros: row.cost ?? 0,
        run: row.run_id === null ? undefined : runs.get(row.run_id),
        asks: Boolean(row.has_approval) || Boolean(row.has_card),
      })),
      ...(last === undefined ? {} : { next: `${last.last_active_at}/${last.id}` }),
    };
  },
  /** Conversations whose id, or the id of one of whose runs, ends like this. */
  conversationsEndingWith: async ({ tail }: { tail: string }): Promise<string[]> => {
    if (!/^[a-z0-9-]{4,64}$/.test(tail)) return [];
    const runs = await endingWith(db, "triggers", tail);
    const ofRuns =
      runs.length === 0 ? [] : await db.selectFrom("triggers").select("anchor_id").where("id", "in", runs).execute();
    return [...new Set([...(await endingWith(db, "anchors", tail)), ...ofRuns.map((run) => run.anchor_id)])];
  },
  /** Conversations that an outside name stands for, wherever it carries a prefix. */
  conversationsNamed: async ({ value }: { value: string }): Promise<string[]> => {
    const named = db.selectFrom("aliases").select("anchor_id").where("value", "=", value);
    return (await named.distinct().limit(MAX_FOUND).execute()).map((row) => row.anchor_id);
  },
  /** Titles of conversations by id, for lists of other things. */
  anchorsById: async ({ ids }: { ids: readonly string[] }): Promise<ReadonlyMap<string, Anchor>> => {
    const wanted = [...new Set(ids)].slice(0, MAX_ROWS);
    const rows = await db.selectFrom("anchors").selectAll().where("id", "in", wanted).execute();
    return new Map(rows.map((row) => [row.id, anchorOfRow(row)]));
  },
  /** Which of these conversations have an open run that a person's answer is awaited for. */
  askingAnchors: async (): Promise<ReadonlySet<string>> => {
    const open = db.selectFrom("triggers").select("anchor_id").where(OPEN_RUN);
    const approvals = db.selectFrom("approvals").select("anchor_id").where("state", "=", "pending");
    const cards = db.selectFrom("cards").select("anchor_id").where("state", "=", "open").where("kind", "!=", "notice");
    const [asked, shown] = await Promise.all([
      approvals.where("anchor_id", "in", open).limit(MAX_ROWS).execute(),
      cards.where("anchor_id", "in", open).limit(MAX_ROWS).execute(),
    ]);
    return new Set([...asked, ...shown].map((row) => row.anchor_id));
  },
});
