/** Conversations as a list: state, title, where from, how much. */
import { formatUsd } from "@thor/views/format";
import type { RunState } from "@thor/views/run-state";
import { Empty, Mark, type Moment, Pager, Panel, StateMark, Table, When } from "@thor/views/ui/parts";
import { Text, Words } from "@thor/views/ui/text";

import { Chips, Choice, Field } from "./act.tsx";

export interface ConversationLine {
  id: string;
  title: string;
  state: RunState | undefined;
  source: string;
  repo: string | undefined;
  runs: number;
  costMicros: number;
  lastActiveAt: number;
  gated: boolean;
}

const COLUMNS = (moment: Moment) => [
  {
    head: "Conversation",
    cell: ({ id, title, gated }: ConversationLine) => (
      <>
        <a href={`/admin/conversations/${id}`}>
          <Text value={title} />
        </a>{" "}
        {gated ? <Mark tone="still" word="gated" /> : undefined}
      </>
    ),
  },
  {
    head: "State",
    cell: ({ state }: ConversationLine) =>
      state === undefined ? <Mark tone="still" word="No run yet" /> : <StateMark state={state} />,
  },
  { head: "From", cell: ({ source }: ConversationLine) => <Text value={source} /> },
  { head: "Repository", cell: ({ repo }: ConversationLine) => <Text value={repo ?? "–"} /> },
  { head: "Runs", cell: ({ runs }: ConversationLine) => <Words value={runs} />, class: "number" },
  {
    head: "Cost",
    cell: ({ costMicros }: ConversationLine) => <Words value={formatUsd(costMicros)} />,
    class: "number",
  },
  {
    head: "Last activity",
    cell: ({ lastActiveAt }: ConversationLine) => <When at={lastActiveAt} moment={moment} />,
    class: "nowrap",
  },
];

const STATES = [
  ["", "any state"],
  ["running", "Running"],
  ["parked", "Parked"],
  ["done", "Done"],
  ["failed", "Failed"],
  ["stopped", "Stopped"],
  ["crashed", "Crashed"],
] as const;
const SOURCES = [
  ["", "any source"],
  ["slack", "Slack"],
  ["github", "GitHub"],
  ["cron", "Schedule"],
  ["admin", "Admin"],
] as const;
const HAS = [
  ["", "anything"],
  ["approval", "an open approval"],
  ["error", "an error"],
  ["dead", "a dead letter"],
  ["gated", "limited visibility"],
] as const;

export interface ConversationList {
  rows: readonly ConversationLine[];
  moment: Moment;
  query: Readonly<Record<string, string>>;
  chips: readonly { word: string; href: string }[];
  pages: { first: string | undefined; next: string | undefined };
  csv: string;
}

/** What narrows the list. */
const Filters = ({ query }: { query: ConversationList["query"] }) => (
  <form method="get" action="/admin/conversations" class="fields" id="filters">
    <Field name="q" label="Words" value={query["q"]} hint="title, repository, branch, person" />
    <Choice name="state" label="State" value={query["state"]} words={STATES} />
    <Choice name="source" label="From" value={query["source"]} words={SOURCES} />
    <Choice name="has" label="Has" value={query["has"]} words={HAS} />
    <Field name="repo" label="Repository" value={query["repo"]} />
    <button type="submit">Filter</button>
  </form>
);

/** The list. */
export const Conversations = ({ rows, moment, query, chips, pages, csv }: ConversationList) => (
  <Panel id="conversations" title="Newest first">
    <Filters query={query} />
    <Chips chips={chips} clear="/admin/conversations" />
    {rows.length > 0 ? (
      <Table
        caption="Conversations"
        columns={COLUMNS(moment)}
        rows={rows}
        id={({ id }) => `conversation-${id}`}
        name="conversation-rows"
      />
    ) : (
      <Empty
        value={
          chips.length === 0
            ? "No conversation yet. Mention @thor in Slack to start one."
            : "No conversation matches these filters."
        }
      />
    )}
    <Pager {...pages} />
    <p class="quiet">
      <a href={csv}>Download as CSV</a>
    </p>
  </Panel>
);
