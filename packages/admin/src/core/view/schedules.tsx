/** Prompts by the clock: lines of the crontab, faulty ones first, and what became of their firings. */
import type { Moment } from "@thor/views/ui/parts";
import { Copy, Empty, Mark, Panel, Table, When } from "@thor/views/ui/parts";
import { Block, Code, Text, Words } from "@thor/views/ui/text";

import { Act } from "./act.tsx";

export interface ScheduleLine {
  hash: string;
  no: number;
  text: string;
  expression: string | undefined;
  words: string | undefined;
  zone: string | undefined;
  prompt: string | undefined;
  directory: string | undefined;
  key: string | undefined;
  valid: boolean;
  error: string | undefined;
  column: number | undefined;
  suggestion: string | undefined;
  nextAt: number | undefined;
  paused: boolean;
  last: { state: string; dueAt: number; anchorId: string | undefined } | undefined;
}

/** A line that cannot be read, with the place where it goes wrong. */
const Fault = ({ line }: { line: ScheduleLine }) => (
  <li id={`fault-${line.hash}`}>
    <p>
      <Mark tone="bad" word={`line ${line.no}`} /> <Text value={line.error ?? "cannot be read"} />
      {line.suggestion === undefined ? undefined : <Text value={` Did you mean: ${line.suggestion}`} />}
    </p>
    <Block
      value={line.column === undefined ? line.text : `${line.text}\n${" ".repeat(Math.max(0, line.column - 1))}^`}
      label={`Line ${line.no}`}
    />
  </li>
);

/** Lines that cannot be read; the others keep running. */
export const Faults = ({ lines }: { lines: readonly ScheduleLine[] }) => (
  <Panel id="schedule-faults" title="Lines that cannot be read">
    {lines.length === 0 ? (
      <Empty value="Every line can be read." />
    ) : (
      <ul class="plain">
        {lines.map((line) => (
          <Fault line={line} />
        ))}
      </ul>
    )}
  </Panel>
);

const STATE_TONES = new Map<string, "good" | "bad" | "wait" | "still">([
  ["fired", "good"],
  ["waiting", "wait"],
  ["failed", "bad"],
  ["missed", "bad"],
  ["skipped", "still"],
]);

const LineActs = ({ line, csrf }: { line: ScheduleLine; csrf: string }) => (
  <div class="actions">
    <Act csrf={csrf} action={`/admin/schedules/${line.hash}/run`} word="Run now" />
    <Act
      csrf={csrf}
      action={`/admin/schedules/${line.hash}/${line.paused ? "resume" : "pause"}`}
      word={line.paused ? "Resume" : "Pause"}
    />
  </div>
);

const EXAMPLE = '0 9 * * 1-5  hey-thor --dir web "Summarise what failed overnight"';

const lineColumns = (moment: Moment, csrf: string) => [
  {
    head: "Prompt",
    cell: ({ hash, prompt }: ScheduleLine) => (
      <a href={`/admin/schedules/${hash}`}>
        <Text value={(prompt ?? "").slice(0, 100)} />
      </a>
    ),
  },
  {
    head: "When",
    cell: ({ expression, words, zone }: ScheduleLine) => (
      <Text value={`${words ?? expression ?? ""}${zone === undefined ? "" : ` (${zone})`}`} />
    ),
  },
  {
    head: "Next",
    cell: ({ nextAt, paused }: ScheduleLine) =>
      paused ? (
        <Mark tone="wait" word="paused" />
      ) : nextAt === undefined ? (
        <>never</>
      ) : (
        <When at={nextAt} moment={moment} />
      ),
  },
  { head: "Directory", cell: ({ directory }: ScheduleLine) => <Text value={directory ?? "–"} /> },
  { head: "Conversation", cell: ({ key }: ScheduleLine) => <Text value={key ?? "a new one each time"} /> },
  {
    head: "Last",
    cell: ({ last }: ScheduleLine) =>
      last === undefined ? <>–</> : <Mark tone={STATE_TONES.get(last.state) ?? "still"} word={last.state} />,
  },
  { head: "Actions", cell: (line: ScheduleLine) => <LineActs line={line} csrf={csrf} /> },
];

/** Lines that fire. */
export const Lines = ({ lines, moment, csrf }: { lines: readonly ScheduleLine[]; moment: Moment; csrf: string }) => (
  <Panel id="schedule-lines" title="Lines">
    <p>
      <a class="button" href="/admin/schedules/edit">
        Edit crontab
      </a>
    </p>
    {lines.length === 0 ? (
      <>
        <Empty value="No schedule yet. A line of the crontab looks like this:" />
        <p>
          <Code value={EXAMPLE} /> <Copy value={EXAMPLE} />
        </p>
      </>
    ) : (
      <Table
        caption="Lines of the crontab"
        rows={lines}
        id={({ hash }) => `line-${hash}`}
        columns={lineColumns(moment, csrf)}
      />
    )}
  </Panel>
);

export interface Firing {
  dueAt: number;
  firedAt: number | null;
  state: string;
  reason: string | null;
  anchorId: string | null;
  requestedBy: string | null;
}

/** One line. */
export const LinePage = ({ line, csrf }: { line: ScheduleLine; csrf: string }) => (
  <Panel id="schedule-line" title={`Line ${line.no}`}>
    <Block value={line.text} label="Line of the crontab" />
    <LineActs line={line} csrf={csrf} />
  </Panel>
);

/** What became of a line's firings. */
export const History = ({ rows, moment }: { rows: readonly Firing[]; moment: Moment }) => (
  <Panel id="schedule-history" title="History">
    {rows.length === 0 ? (
      <Empty value="It has not fired yet." />
    ) : (
      <Table
        caption="Firings, newest first"
        rows={rows}
        id={({ dueAt }) => `firing-${dueAt}`}
        columns={[
          { head: "Due", cell: ({ dueAt }) => <When at={dueAt} moment={moment} /> },
          { head: "State", cell: ({ state }) => <Mark tone={STATE_TONES.get(state) ?? "still"} word={state} /> },
          {
            head: "Late by",
            cell: ({ dueAt, firedAt }) => (
              <Words value={firedAt === null ? "–" : `${Math.max(0, Math.round((firedAt - dueAt) / 1000))} s`} />
            ),
            class: "number",
          },
          {
            head: "Why",
            cell: ({ reason, requestedBy }) => (
              <Text value={reason ?? (requestedBy === null ? "–" : `manual, by ${requestedBy}`)} />
            ),
          },
          {
            head: "Conversation",
            cell: ({ anchorId }) =>
              anchorId === null ? <>–</> : <a href={`/admin/conversations/${anchorId}`}>Open</a>,
          },
        ]}
      />
    )}
  </Panel>
);
