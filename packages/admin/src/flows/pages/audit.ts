/** GET /admin/audit and one row of it; exports in the order of the chain. */
import type { Ledger, Reads } from "@thor/ledger/port";
import { redact } from "@thor/views/redact";

import { VERIFIED_KEY, verifiedIn } from "../../core/verified.ts";
import { AuditEntry, AuditRows, Chain } from "../../core/view/audit.tsx";
import { csvOf } from "./conversations.ts";
import { type Asked, hrefWith, type PageSpec, pagesOf } from "./page.ts";

const PAGE_ROWS = 100;
const DAY_MS = 86_400_000;
const USUAL_DAYS = 7;
const MAX_TEXT_DAYS = 31;

const given = (text: string | undefined) => (text === undefined || text === "" ? undefined : text);

/** Since when; a search in texts looks at a month at most. */
function periodOf({ query, moment }: Asked): { from: number | undefined; notice: string | undefined } {
  const days = query["days"] === undefined ? USUAL_DAYS : Number(query["days"]);
  const isAll = query["days"] === "" || !Number.isFinite(days) || days <= 0;
  const isText = given(query["text"]) !== undefined;
  if (isText && (isAll || days > MAX_TEXT_DAYS))
    return { from: moment.now - MAX_TEXT_DAYS * DAY_MS, notice: "Text is searched in the last 31 days only." };
  return { from: isAll ? undefined : moment.now - days * DAY_MS, notice: undefined };
}

function filterOf(asked: Asked) {
  const { query } = asked;
  return {
    from: periodOf(asked).from,
    actor: given(query["actor"]),
    event: given(query["event"]),
    decision: given(query["decision"]),
    anchorId: given(query["anchor"]),
    text: given(query["text"]),
  };
}

const FILTERS = ["actor", "event", "decision", "anchor", "text"] as const;
const chipsOf = (asked: Asked) =>
  FILTERS.flatMap((name) => {
    const value = given(asked.query[name]);
    return value === undefined
      ? []
      : [{ word: `${name}: ${value}`, href: hrefWith(asked, { [name]: undefined, after: undefined }) }];
  });

/** The list. */
export const auditPage: PageSpec = {
  path: "/admin/audit",
  topics: ["settings"],
  paceMs: 1000,
  title: async () => "Audit",
  panels: [
    {
      id: "chain",
      title: "The chain",
      draw: async (reads, { moment, csrf }) => {
        const last = verifiedIn(await reads.getSetting({ key: VERIFIED_KEY }));
        return Chain({ head: await reads.auditHead(), last, moment, csrf });
      },
    },
    {
      id: "audit",
      title: "Audit",
      draw: async (reads, asked) => {
        const page = await reads.auditPage({ ...filterOf(asked), limit: PAGE_ROWS, after: asked.query["after"] });
        const { from } = filterOf(asked);
        return AuditRows({
          rows: page.rows,
          moment: asked.moment,
          query: asked.query,
          chips: chipsOf(asked),
          pages: pagesOf(asked, page.next),
          notice: periodOf(asked).notice,
          download: `/admin/audit/export?from=${from ?? 0}`,
        });
      },
    },
  ],
};

const seqIn = ({ params }: Asked) => {
  const seq = Number(params["seq"]);
  return Number.isSafeInteger(seq) ? seq : 0;
};

/** One row. */
export const auditEntryPage: PageSpec = {
  path: "/admin/audit/:seq",
  topics: [],
  title: async (reads, asked) => (await reads.auditBySeq({ seq: seqIn(asked) }))?.event,
  panels: [
    {
      id: "entry",
      title: "Row",
      draw: async (reads, asked) => {
        const row = await reads.auditBySeq({ seq: seqIn(asked) });
        if (row === undefined) throw new Error("the row is gone");
        return AuditEntry({ row, moment: asked.moment });
      },
    },
  ],
};

const LINES = 500;
const MAX_LINES = 1_000_000;
const CSV_HEAD = [
  "seq",
  "at",
  "service",
  "event",
  "actor_kind",
  "actor",
  "target",
  "decision",
  "rule",
  "reason",
  "hash",
] as const;
type Row = Awaited<ReturnType<Reads["auditLines"]>>[number];

const csvLine = (row: Row) => csvOf([CSV_HEAD.map((name) => row[name] ?? "")]);
const ndjsonLine = (row: Row) => `${redact(JSON.stringify(row))}\n`;

/** Every row since a time, piece by piece; with the fields of the chain, so that it can be walked elsewhere. */
export async function* auditExport(
  ledger: Pick<Ledger, "auditLines" | "auditHead">,
  { from, format }: { from: number; format: "csv" | "ndjson" },
): AsyncGenerator<string> {
  const { seq: to } = await ledger.auditHead();
  const lineOf = format === "csv" ? csvLine : ndjsonLine;
  if (format === "csv") yield csvOf([CSV_HEAD]);
  for (let after = 0, count = 0; count < MAX_LINES; count += LINES) {
    const rows = await ledger.auditLines({ after, to, limit: LINES });
    const last = rows.at(-1);
    if (last === undefined) return;
    after = last.seq;
    const wanted = rows.filter(({ at }) => at >= from);
    if (wanted.length > 0) yield wanted.map(lineOf).join("");
  }
}
