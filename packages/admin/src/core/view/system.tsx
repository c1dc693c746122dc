/** What Thor runs on: services, the ledger, the doctor's last look, and the switch that holds everything. */
import { formatBytes, formatDuration } from "@thor/views/format";
import { Empty, Facts, Mark, type Moment, Panel, Table, When } from "@thor/views/ui/parts";
import { Code, Text, Words } from "@thor/views/ui/text";

import { Act } from "./act.tsx";

export interface ServiceLine {
  service: string;
  instance: string;
  seenAt: number;
  live: boolean;
  node?: string | undefined;
  pid?: number | undefined;
  mem?: number | undefined;
  startedAt?: number | undefined;
  configVersion?: string | undefined;
}

/** Who has spoken, and when last. */
export const Services = ({ rows, moment }: { rows: readonly ServiceLine[]; moment: Moment }) => (
  <Panel id="services" title="Services">
    {rows.length === 0 ? (
      <Empty value="No service has reported yet: each does within ten seconds of its start." />
    ) : (
      <Table
        caption="Heartbeats"
        rows={rows}
        id={({ service, instance }) => `service-${service}-${instance}`}
        columns={[
          { head: "Service", cell: ({ service }) => <Text value={service} /> },
          {
            head: "State",
            cell: ({ live }) => <Mark tone={live ? "good" : "bad"} word={live ? "alive" : "not seen"} />,
          },
          { head: "Seen", cell: ({ seenAt }) => <When at={seenAt} moment={moment} /> },
          {
            head: "Up for",
            cell: ({ startedAt, live }) => (
              <Words value={startedAt === undefined || !live ? "–" : formatDuration(moment.now - startedAt)} />
            ),
          },
          {
            head: "Memory",
            cell: ({ mem }) => <Words value={mem === undefined ? "–" : formatBytes(mem)} />,
            class: "number",
          },
          { head: "Node", cell: ({ node }) => <Text value={node ?? "–"} /> },
          { head: "thor.json", cell: ({ configVersion }) => <Code value={configVersion ?? "–"} /> },
          { head: "Process", cell: ({ pid, instance }) => <Text value={String(pid ?? instance)} /> },
        ]}
      />
    )}
  </Panel>
);

export interface StoreFacts {
  bytes: number;
  walBytes: number;
  lastSweepAt: number;
  audit: number;
  changes: { newest: number; oldest: number };
  lastBackupAt: number | undefined;
}

/** The one file that remembers everything. */
export const Store = ({ facts, moment }: { facts: StoreFacts; moment: Moment }) => (
  <Panel id="store" title="Ledger">
    <Facts
      facts={[
        ["Size", <Words value={formatBytes(facts.bytes)} />],
        ["Write-ahead log", <Words value={formatBytes(facts.walBytes)} />],
        ["Rows of evidence", <Words value={facts.audit} />],
        ["Change feed", <Words value={`${facts.changes.oldest} to ${facts.changes.newest}`} />],
        ["Last sweep", facts.lastSweepAt === 0 ? <>never</> : <When at={facts.lastSweepAt} moment={moment} />],
        [
          "Last backup",
          facts.lastBackupAt === undefined ? (
            <>none found beside the file</>
          ) : (
            <When at={facts.lastBackupAt} moment={moment} />
          ),
        ],
      ]}
    />
  </Panel>
);

export interface Check {
  group: string;
  name: string;
  result: string;
  says?: string | undefined;
  fix?: string | undefined;
}
const CHECK_TONES = new Map<string, "good" | "wait" | "bad">([
  ["ok", "good"],
  ["warning", "wait"],
  ["failing", "bad"],
]);

/** What the doctor saw last. */
export const Doctor = ({
  checks,
  at,
  moment,
}: {
  checks: readonly Check[];
  at: number | undefined;
  moment: Moment;
}) => (
  <Panel id="doctor" title="Doctor">
    {at === undefined ? (
      <Empty value="Doctor has not run yet." />
    ) : (
      <>
        <p class="quiet">
          <When at={at} moment={moment} />
        </p>
        <ul class="plain">
          {checks.map(({ group, name, result, says, fix }) => (
            <li>
              <Mark tone={CHECK_TONES.get(result) ?? "still"} word={result} /> <Text value={`${group}: ${name}`} />{" "}
              <Text value={says ?? ""} /> {fix === undefined ? undefined : <Code value={fix} />}
            </li>
          ))}
        </ul>
      </>
    )}
  </Panel>
);

/** Holding everything new, and letting it go. */
export const Switch = ({ paused, csrf }: { paused: boolean; csrf: string }) => (
  <Panel id="switch" title="Dispatch">
    <p>
      {paused ? <Mark tone="wait" word="paused" /> : <Mark tone="good" word="running" />}{" "}
      <Words
        value={
          paused
            ? "Events are taken in and kept; nothing new starts, and running work finishes."
            : "Requests are handed over as they come."
        }
      />
    </p>
    <div class="actions">
      {paused ? (
        <Act csrf={csrf} action="/admin/system/resume" word="Resume" tone="main" />
      ) : (
        <Act csrf={csrf} action="/admin/system/pause" word="Pause…" tone="danger" />
      )}
    </div>
  </Panel>
);
