/** GET /admin/conversations and /admin/search: the list, its filters, and what a person may paste into the box. */
import type { ConversationRow, Ledger, Reads } from "@thor/ledger/port";
import { sourceWord, titleOf } from "@thor/views/names";
import { redact } from "@thor/views/redact";
import { runState, STATE_FILTERS } from "@thor/views/run-state";

import { namesOf, readSearch } from "../../core/search.ts";
import { type ConversationLine, Conversations } from "../../core/view/conversations.tsx";
import { type Asked, hrefWith, type PageSpec, pagesOf } from "./page.ts";

const PAGE_ROWS = 50;
const HAS = ["approval", "error", "dead", "gated"] as const;

const lineOf = (row: ConversationRow, now: number): ConversationLine => ({
  id: row.id,
  title: titleOf(row),
  state: row.run && runState(row.run, { now, asks: row.asks }),
  source: sourceWord(row.originSource),
  repo: row.repo,
  runs: row.runs,
  costMicros: row.costMicros,
  lastActiveAt: row.lastActiveAt,
  gated: row.visibility === "gated",
});

const stateOf = (word: string | undefined) => Object.entries(STATE_FILTERS).find(([name]) => name === word)?.[1];

/** The filter that an address stands for; unknown words are left out. */
function filterOf({ query }: Pick<Asked, "query">) {
  const words = (query["q"] ?? "").split(/\s+/).filter(Boolean).slice(0, 8);
  return {
    words,
    statuses: stateOf(query["state"]),
    source: ["slack", "github", "cron", "admin"].find((word) => word === query["source"]),
    has: HAS.find((word) => word === query["has"]),
    repo: query["repo"] === "" ? undefined : query["repo"],
  };
}

const FILTERS = ["q", "state", "source", "has", "repo"] as const;
const chipsOf = (asked: Asked) =>
  FILTERS.flatMap((name) => {
    const value = asked.query[name];
    return value === undefined || value === ""
      ? []
      : [{ word: `${name}: ${value}`, href: hrefWith(asked, { [name]: undefined, after: undefined }) }];
  });

/** The page. */
export const conversationsPage: PageSpec = {
  path: "/admin/conversations",
  topics: ["events", "triggers", "anchors", "approvals", "cards"],
  paceMs: 500,
  title: async () => "Conversations",
  panels: [
    {
      id: "conversations",
      title: "Conversations",
      draw: async (reads, asked) => {
        const filter = filterOf(asked);
        const page = await reads.conversationRows({ ...filter, limit: PAGE_ROWS, after: asked.query["after"] });
        return Conversations({
          rows: page.rows.map((row) => lineOf(row, asked.moment.now)),
          moment: asked.moment,
          query: asked.query,
          chips: chipsOf(asked),
          pages: pagesOf(asked, page.next),
          csv: hrefWith({ path: "/admin/conversations.csv", query: asked.query }, { after: undefined }),
        });
      },
    },
  ],
};

const MAX_CSV = 10_000;
const cell = (value: string | number) => {
  const text = redact(String(value));
  // A cell that begins like a formula would be one for a spreadsheet.
  const safe = /^[=+\-@\t\r]/.test(text) && typeof value === "string" ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};
/** Rows as a table for a spreadsheet, redacted, and none of its cells a formula. */
export const csvOf = (rows: readonly (readonly (string | number)[])[]) =>
  rows.map((row) => `${row.map(cell).join(",")}\r\n`).join("");

/** The filtered list as a table for a spreadsheet. */
export async function conversationsCsv(reads: Pick<Reads, "conversationRows">, asked: Asked): Promise<string> {
  const head = ["id", "title", "state", "source", "repository", "runs", "cost_usd", "last_activity_ms"];
  const rows: (readonly (string | number)[])[] = [head];
  let after: string | undefined;
  do {
    const page = await reads.conversationRows({ ...filterOf(asked), limit: 200, after });
    for (const row of page.rows) {
      const line = lineOf(row, asked.moment.now);
      const { id, title, state, source, repo, runs, costMicros, lastActiveAt } = line;
      rows.push([id, title, state?.word ?? "", source, repo ?? "", runs, costMicros / 1_000_000, lastActiveAt]);
    }
    after = page.next;
  } while (after !== undefined && rows.length < MAX_CSV);
  return csvOf(rows);
}

const toList = (words: string) => `/admin/conversations?${new URLSearchParams({ q: words }).toString()}`;

/** Where a search leads: straight to the one conversation, or to the list. */
export async function resolveSearch(
  ledger: Pick<Ledger, "conversationsNamed" | "conversationsEndingWith">,
  text: string,
): Promise<string> {
  const wanted = readSearch(text);
  if (wanted.kind === "words") return toList(wanted.words.join(" "));
  if (wanted.kind === "conversation") {
    const run = wanted.triggerId === undefined ? "" : `/runs/${wanted.triggerId}`;
    return `/admin/conversations/${wanted.anchorId}${run}`;
  }
  const found =
    wanted.kind === "tail"
      ? await ledger.conversationsEndingWith({ tail: wanted.tail })
      : await namedBy(ledger, wanted.kind === "name" ? [wanted.value] : namesOf(wanted));
  const [only, ...others] = found;
  if (only !== undefined && others.length === 0) return `/admin/conversations/${only}`;
  return toList(text.trim());
}

async function namedBy(ledger: Pick<Ledger, "conversationsNamed">, values: readonly string[]): Promise<string[]> {
  const found = await Promise.all(values.map((value) => ledger.conversationsNamed({ value })));
  return [...new Set(found.flat())];
}
