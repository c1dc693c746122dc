/** Requests on their way to a run, and promises on their way out. */
import { formatCount } from "@thor/views/format";
import { Empty, Mark, type Moment, Pager, Panel, Table, When } from "@thor/views/ui/parts";
import { Text, Words } from "@thor/views/ui/text";

import { Act, ActForm, Tabs } from "./act.tsx";

export const QUEUE_TABS = ["waiting", "running", "retrying", "dead", "dropped", "ignored", "promises"] as const;
export type QueueTab = (typeof QUEUE_TABS)[number];

export interface EventLine {
  id: string;
  kind: string;
  source: string;
  anchorId?: string | undefined;
  correlationKey: string;
  state: string;
  attempts: number;
  receivedAt: number;
  notBefore: number;
  laneStatus?: string | undefined;
  laneDueAt?: number | undefined;
  lastError?: string | undefined;
  explained: string;
  version: number;
}

export const EVENT_TONES = new Map<string, "busy" | "wait" | "good" | "bad">([
  ["ready", "wait"],
  ["claimed", "busy"],
  ["done", "good"],
  ["dead", "bad"],
]);

export const EventActs = ({ event, csrf }: { event: EventLine; csrf: string }) => {
  const path = (act: string) => `/admin/queue/${event.id}/${act}`;
  const fields = { v: event.version };
  return (
    <div class="actions">
      {event.state === "ready" ? (
        <Act csrf={csrf} action={path("expedite")} word="Run now" fields={fields} />
      ) : undefined}
      {event.laneStatus === "stopped" && event.anchorId !== undefined ? (
        <Act csrf={csrf} action={`/admin/lanes/${event.anchorId}/resume`} word="Let it go on" />
      ) : undefined}
      {event.state === "dead" ? <Act csrf={csrf} action={path("replay")} word="Replay…" fields={fields} /> : undefined}
      {event.state === "dead" || event.state === "ready" ? (
        <Act csrf={csrf} action={path("discard")} word="Discard…" tone="danger" fields={fields} />
      ) : undefined}
    </div>
  );
};

const eventColumns = (moment: Moment, csrf: string, isBulk: boolean) => [
  {
    head: "Request",
    cell: ({ id, kind, version }: EventLine) => (
      <>
        {isBulk ? (
          <input
            type="checkbox"
            name="item"
            value={`${id}:${version}`}
            form="bulk"
            aria-label={`Select ${kind} ${id.slice(-7)}`}
          />
        ) : undefined}{" "}
        <a href={`/admin/queue/${id}`}>
          <Text value={kind} />
        </a>
      </>
    ),
  },
  {
    head: "Conversation",
    cell: ({ anchorId, correlationKey }: EventLine) =>
      anchorId === undefined ? (
        <Text value={correlationKey} />
      ) : (
        <a href={`/admin/conversations/${anchorId}`}>
          <Text value={correlationKey} />
        </a>
      ),
  },
  { head: "State", cell: ({ state }: EventLine) => <Mark tone={EVENT_TONES.get(state) ?? "still"} word={state} /> },
  { head: "Received", cell: ({ receivedAt }: EventLine) => <When at={receivedAt} moment={moment} /> },
  {
    head: "Next look",
    cell: ({ laneDueAt }: EventLine) => (laneDueAt === undefined ? <>–</> : <When at={laneDueAt} moment={moment} />),
  },
  { head: "Attempts", cell: ({ attempts }: EventLine) => <Words value={attempts} />, class: "number" },
  { head: "Where it stands", cell: ({ explained }: EventLine) => <Text value={explained} /> },
  { head: "Actions", cell: (event: EventLine) => <EventActs event={event} csrf={csrf} /> },
];

export interface EventTableProps {
  id: string;
  title: string;
  rows: readonly EventLine[];
  moment: Moment;
  csrf: string;
  tab: QueueTab;
  empty: string;
  pages?: { first: string | undefined; next: string | undefined };
}

const Bulk = ({ csrf, tab }: { csrf: string; tab: QueueTab }) => (
  <ActForm csrf={csrf} action="/admin/queue/bulk" id="bulk" class="actions">
    <label>
      <input type="checkbox" data-check-all="" /> Select all
    </label>
    {tab === "dead" ? (
      <button type="submit" name="act" value="replay">
        Replay selected…
      </button>
    ) : undefined}
    <button type="submit" name="act" value="discard" class="danger">
      Discard selected…
    </button>
  </ActForm>
);

/** Requests with what can be done about them. */
export const EventTable = ({ id, title, rows, moment, csrf, tab, empty, pages }: EventTableProps) => {
  const isBulk = pages !== undefined && (tab === "dead" || tab === "waiting" || tab === "retrying") && rows.length > 0;
  return (
    <Panel id={id} title={title}>
      {isBulk ? <Bulk csrf={csrf} tab={tab} /> : undefined}
      {rows.length === 0 ? (
        <Empty value={empty} />
      ) : (
        <Table
          caption={title}
          columns={eventColumns(moment, csrf, isBulk)}
          rows={rows}
          id={(row) => `event-${row.id}`}
        />
      )}
      {pages === undefined ? undefined : <Pager {...pages} />}
    </Panel>
  );
};

export interface PromiseLine {
  id: string;
  kind: string;
  stream: string;
  state: string;
  attempts: number;
  createdAt: number;
  anchorId?: string | undefined;
  lastError?: string | undefined;
  version: number;
}
const PROMISE_TONES = new Map<string, "busy" | "wait" | "good" | "bad">([
  ["pending", "wait"],
  ["claimed", "busy"],
  ["done", "good"],
  ["failed", "bad"],
  ["held", "wait"],
]);

/** Without its card nobody could decide a request: that one is withdrawn on its own page. */
const CARD = "approval.card";

const PromiseActs = ({ promise, csrf }: { promise: PromiseLine; csrf: string }) => {
  const path = (act: string) => `/admin/outbox/${promise.id}/${act}`;
  const fields = { v: promise.version };
  return (
    <div class="actions">
      {promise.state === "failed" ? <Act csrf={csrf} action={path("retry")} word="Retry" fields={fields} /> : undefined}
      {promise.state === "held" ? (
        <Act csrf={csrf} action={path("release")} word="Release" fields={fields} />
      ) : undefined}
      {promise.state === "pending" && promise.kind !== CARD ? (
        <Act csrf={csrf} action={path("drop")} word="Drop…" tone="danger" fields={fields} />
      ) : undefined}
    </div>
  );
};

/** What Thor still owes the outside. */
export const PromiseTable = (props: {
  id?: string;
  rows: readonly PromiseLine[];
  moment: Moment;
  csrf: string;
  empty: string;
  pages?: { first: string | undefined; next: string | undefined };
}) => (
  <Panel id={props.id ?? "promises"} title="Promises">
    {props.rows.length === 0 ? (
      <Empty value={props.empty} />
    ) : (
      <Table
        caption="Messages and clicks that are not confirmed"
        rows={props.rows}
        id={({ id }) => `promise-${id}`}
        columns={[
          { head: "What", cell: ({ kind }) => <Text value={kind} /> },
          { head: "Where to", cell: ({ stream }) => <Text value={stream} /> },
          { head: "State", cell: ({ state }) => <Mark tone={PROMISE_TONES.get(state) ?? "still"} word={state} /> },
          { head: "Made", cell: ({ createdAt }) => <When at={createdAt} moment={props.moment} /> },
          { head: "Tries", cell: ({ attempts }) => <Words value={attempts} />, class: "number" },
          { head: "Last error", cell: ({ lastError }) => <Text value={lastError ?? "–"} /> },
          { head: "Actions", cell: (promise) => <PromiseActs promise={promise} csrf={props.csrf} /> },
        ]}
      />
    )}
    {props.pages === undefined ? undefined : <Pager {...props.pages} />}
  </Panel>
);

export interface QueueNumbers {
  backlog: number;
  running: number;
  dead: number;
  promises: number;
  oldestAt?: number | undefined;
  overdue: number;
}

const Number = ({ name, value }: { name: string; value: number }) => (
  <div class="figure">
    <span class="quiet">
      <Words value={name} />
    </span>
    <strong>
      <Words value={formatCount(value)} />
    </strong>
  </div>
);

/** How the queue stands, and its views. */
export const QueueHead = (props: {
  numbers: QueueNumbers;
  tabs: Parameters<typeof Tabs>[0]["tabs"];
  moment: Moment;
}) => (
  <section id="queue-head" class="panel" aria-label="How the queue stands">
    <div class="figures">
      <Number name="Waiting" value={props.numbers.backlog} />
      <Number name="Being handed over" value={props.numbers.running} />
      <Number name="Dead letters" value={props.numbers.dead} />
      <Number name="Unsent promises" value={props.numbers.promises} />
      <Number name="Overdue conversations" value={props.numbers.overdue} />
    </div>
    {props.numbers.oldestAt === undefined ? undefined : (
      <p class="quiet">
        The oldest request came <When at={props.numbers.oldestAt} moment={props.moment} />.
      </p>
    )}
    <Tabs tabs={props.tabs} label="Requests by state" />
  </section>
);
