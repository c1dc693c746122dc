/** What wanted out and was stopped, and what was let through. */
import { formatCount } from "@thor/views/format";
import { Empty, Mark, type Moment, Panel, Table, When } from "@thor/views/ui/parts";
import { Code, Text, Words } from "@thor/views/ui/text";

import { Act } from "./act.tsx";

export interface Blocked {
  host: string;
  reason: string;
  sample: string;
  tries: number;
  first_at: number;
  last_at: number;
  anchor_id: string | null;
}

const BlockedActs = ({ row, csrf }: { row: Blocked; csrf: string }) => (
  <div class="actions">
    <Act
      csrf={csrf}
      action="/admin/egress/propose"
      word="Propose rule…"
      fields={{ host: row.host, sample: row.sample }}
    />
    <Act csrf={csrf} action="/admin/egress/dismiss" word="Dismiss…" fields={{ host: row.host, why: row.reason }} />
  </div>
);

/** Hosts by why they were stopped. */
export const BlockedHosts = ({ rows, moment, csrf }: { rows: readonly Blocked[]; moment: Moment; csrf: string }) => (
  <Panel id="blocked" title="Blocked">
    {rows.length === 0 ? (
      <Empty value="No host was blocked in this period. The proxy reports here when it runs; a local start runs without one." />
    ) : (
      <Table
        caption="Hosts that were stopped, newest first"
        rows={rows}
        id={({ host, reason }) => `blocked-${`${host}-${reason}`.replaceAll(/[^A-Za-z0-9]/g, "_")}`}
        columns={[
          { head: "Host", cell: ({ host }) => <Code value={host} /> },
          { head: "Why", cell: ({ reason }) => <Mark tone="bad" word={reason} /> },
          { head: "For example", cell: ({ sample }) => <Text value={sample} /> },
          { head: "Tries", cell: ({ tries }) => <Words value={formatCount(tries)} />, class: "number" },
          { head: "First", cell: ({ first_at: at }) => <When at={at} moment={moment} /> },
          { head: "Last", cell: ({ last_at: at }) => <When at={at} moment={moment} /> },
          {
            head: "Conversation",
            cell: ({ anchor_id: id }) => (id === null ? <>–</> : <a href={`/admin/conversations/${id}`}>Open</a>),
          },
          { head: "Actions", cell: (row) => <BlockedActs row={row} csrf={csrf} /> },
        ]}
      />
    )}
  </Panel>
);

export interface Passed {
  hour: number;
  host: string;
  method: string;
  path_prefix: string;
  rule: string;
  count: number;
}

/** What went out lately, by rule. */
export const LetThrough = ({ rows, moment }: { rows: readonly Passed[]; moment: Moment }) => (
  <Panel id="passed" title="Let through">
    {rows.length === 0 ? (
      <Empty value="Nothing went out through the proxy in the last seven days." />
    ) : (
      <Table
        caption="Requests by hour and rule"
        rows={rows}
        id={({ hour, host, method, path_prefix: path, rule }) =>
          `passed-${`${hour}-${host}-${method}-${path}-${rule}`.replaceAll(/[^A-Za-z0-9]/g, "_")}`
        }
        columns={[
          { head: "Host", cell: ({ host }) => <Code value={host} /> },
          { head: "Request", cell: ({ method, path_prefix: path }) => <Text value={`${method} ${path}`} /> },
          { head: "Rule", cell: ({ rule }) => <Text value={rule} /> },
          { head: "Count", cell: ({ count }) => <Words value={formatCount(count)} />, class: "number" },
          { head: "Hour", cell: ({ hour }) => <When at={hour} moment={moment} /> },
        ]}
      />
    )}
  </Panel>
);
