/** The record: who did what to what and who or what decided it, and the proof that it is whole. */
import { Empty, Facts, Mark, type Moment, Pager, Panel, Table, When } from "@thor/views/ui/parts";
import { Block, Code, Text, Words } from "@thor/views/ui/text";

import { ActForm, Chips, Choice, Field } from "./act.tsx";

export interface AuditLine {
  seq: number;
  at: number;
  service: string;
  event: string;
  actorKind: string;
  actor: string;
  target: string;
  decision: string;
  rule?: string | undefined;
  reason?: string | undefined;
  anchorId?: string | undefined;
  triggerId?: string | undefined;
}
const TONES = new Map<string, "good" | "bad" | "wait">([
  ["done", "good"],
  ["allow", "good"],
  ["approved", "good"],
  ["deny", "bad"],
  ["refused", "bad"],
  ["failed", "bad"],
  ["approve", "wait"],
]);

const PERIODS = [
  ["1", "last day"],
  ["7", "last 7 days"],
  ["31", "last 31 days"],
  ["", "all"],
] as const;

const Filters = ({ query }: { query: Readonly<Record<string, string>> }) => (
  <form method="get" action="/admin/audit" class="fields" id="filters">
    <Choice name="days" label="Time" value={query["days"] ?? "7"} words={PERIODS} />
    <Field name="actor" label="Actor" value={query["actor"]} hint="exactly" />
    <Field name="event" label="Action" value={query["event"]} hint="begins with" />
    <Field name="decision" label="Result" value={query["decision"]} hint="done, refused, deny" />
    <Field name="anchor" label="Conversation" value={query["anchor"]} hint="id" />
    <Field name="text" label="Text" value={query["text"]} hint="in target, rule, reason" />
    <button type="submit">Filter</button>
  </form>
);

export interface AuditList {
  rows: readonly AuditLine[];
  moment: Moment;
  query: Readonly<Record<string, string>>;
  chips: readonly { word: string; href: string }[];
  pages: { first: string | undefined; next: string | undefined };
  download: string;
  notice?: string | undefined;
}

const columns = (moment: Moment) => [
  {
    head: "Action",
    cell: ({ seq, event }: AuditLine) => (
      <a href={`/admin/audit/${seq}`}>
        <Text value={event} />
      </a>
    ),
  },
  { head: "Who", cell: ({ actor, actorKind }: AuditLine) => <Text value={`${actor} (${actorKind})`} /> },
  { head: "Target", cell: ({ target }: AuditLine) => <Text value={target} /> },
  { head: "Result", cell: ({ decision }: AuditLine) => <Mark tone={TONES.get(decision) ?? "still"} word={decision} /> },
  {
    head: "Rule",
    cell: ({ rule, reason }: AuditLine) => <Text value={[rule, reason].filter(Boolean).join(": ") || "–"} />,
  },
  { head: "When", cell: ({ at }: AuditLine) => <When at={at} moment={moment} />, class: "nowrap" },
];

/** Lines by filter, newest first. */
export const AuditRows = ({ rows, moment, query, chips, pages, download, notice }: AuditList) => (
  <Panel id="audit" title="Newest first">
    <Filters query={query} />
    <Chips chips={chips} clear="/admin/audit" />
    {notice === undefined ? undefined : (
      <p role="note">
        <Text value={notice} />
      </p>
    )}
    {rows.length === 0 ? (
      <Empty value="No entries for these filters." />
    ) : (
      <Table caption="Audit" columns={columns(moment)} rows={rows} id={({ seq }) => `audit-${seq}`} name="audit-rows" />
    )}
    <Pager {...pages} />
    <p class="actions">
      <a class="button" href={`${download}&format=ndjson`}>
        Export as NDJSON
      </a>
      <a class="button" href={`${download}&format=csv`}>
        Export as CSV
      </a>
    </p>
  </Panel>
);

export interface Verified {
  kind: "intact" | "broken" | "running";
  seq?: number | undefined;
  hash?: string | undefined;
  why?: string | undefined;
  at: number;
  by: string;
}

/** Whether the record is whole, as far as it was looked at. */
export const Chain = (props: {
  head: { seq: number; hash: string };
  last: Verified | undefined;
  moment: Moment;
  csrf: string;
}) => {
  const { head, last, moment, csrf } = props;
  return (
    <Panel id="chain" title="The chain">
      {last === undefined ? <Empty value="It was not verified here yet." /> : undefined}
      {last?.kind === "running" ? <p aria-busy="true">It is being verified…</p> : undefined}
      {last?.kind === "intact" ? (
        <p>
          <Mark tone="good" word="intact" /> <Words value={`to row ${last.seq ?? 0}`} />,{" "}
          <When at={last.at} moment={moment} />, by <Text value={last.by} />
        </p>
      ) : undefined}
      {last?.kind === "broken" ? (
        <p class="fault">
          <Text value={`Broken at row ${last.seq ?? 0}: ${last.why ?? "it does not fit"}.`} />
        </p>
      ) : undefined}
      <p class="quiet">
        Head <Code value={`${head.seq}:${head.hash}`} />
      </p>
      <ActForm csrf={csrf} action="/admin/audit/verify" class="fields">
        <Field name="expect" label="Expected head (seq:hash from a log line), so that a cut tail shows" />
        <button type="submit">Verify</button>
      </ActForm>
    </Panel>
  );
};

/** One line with everything that is kept of it. */
export const AuditEntry = ({
  row,
  moment,
}: {
  row: Readonly<Record<string, unknown>> & { seq: number; at: number };
  moment: Moment;
}) => (
  <Panel id="entry" title={`Row ${row.seq}`}>
    <p>
      <When at={row.at} moment={moment} />
    </p>
    <Facts
      facts={Object.entries(row)
        .filter(([name, value]) => value !== null && value !== "" && name !== "detail")
        .map(([name, value]) => [name, <Text value={String(value)} />] as const)}
    />
    <h3>Detail</h3>
    <Block value={String(row["detail"] ?? "{}")} label="Detail" />
    <p>
      {typeof row["anchor_id"] === "string" ? (
        <a href={`/admin/conversations/${row["anchor_id"]}`}>Conversation</a>
      ) : undefined}{" "}
      {typeof row["anchor_id"] === "string" && typeof row["trigger_id"] === "string" ? (
        <a href={`/admin/conversations/${row["anchor_id"]}/runs/${row["trigger_id"]}`}>Run</a>
      ) : undefined}
    </p>
  </Panel>
);
