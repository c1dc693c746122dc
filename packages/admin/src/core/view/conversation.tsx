/** One conversation: what runs now, all runs, what waits, its names and sessions, and what can be done. */
import { formatCost, formatCount, formatDuration, formatUsd } from "@thor/views/format";
import type { Hosts } from "@thor/views/names";
import { sourceLine, sourceWord } from "@thor/views/names";
import type { RunState } from "@thor/views/run-state";
import { Empty, Facts, Id, Mark, type Moment, Panel, StateMark, Table, When } from "@thor/views/ui/parts";
import { Away, Code, Text, Words } from "@thor/views/ui/text";

import { Act, ActForm } from "./act.tsx";

export interface RunLine {
  id: string;
  no: number;
  state: RunState;
  by: string;
  cause: string;
  startedAt: number;
  elapsedMs: number;
  tools: number;
  errors: number;
  tokens: number;
  costMicros: number;
  unpricedTokens: number;
}
export interface ConversationHead {
  anchor: {
    id: string;
    originSource: string;
    originKey: string;
    repo?: string | undefined;
    directory?: string | undefined;
    visibility: string;
    muted: boolean;
    createdAt: number;
    lastActiveAt: number;
    version: number;
  };
  usage: { tokens: number; costMicros: number; unpricedTokens: number; toolCalls: number; wallMs: number };
  state: RunState | undefined;
  openRun: string | undefined;
  lastEnded: { id: string; word: RunState["word"] } | undefined;
  session: string | undefined;
  budgetCard: { id: string; version: number } | undefined;
  moment: Moment;
  hosts: Hosts;
  csrf: string;
}

const Actions = ({ head }: { head: ConversationHead }) => {
  const { anchor, openRun, lastEnded, session, budgetCard, csrf } = head;
  const base = `/admin/conversations/${anchor.id}`;
  const again =
    lastEnded !== undefined && ["Failed", "Stopped", "Crashed"].includes(lastEnded.word) ? lastEnded.id : "";
  return (
    <div class="actions">
      {openRun === undefined ? undefined : (
        <Act csrf={csrf} action={`${base}/stop`} word="Stop…" tone="danger" fields={{ run: openRun }} />
      )}
      {openRun !== undefined || again === "" ? undefined : (
        <Act csrf={csrf} action={`${base}/retry`} word="Retry last run" fields={{ run: again }} />
      )}
      {budgetCard === undefined ? undefined : (
        <Act
          csrf={csrf}
          action={`${base}/budget`}
          word="Extend budget"
          fields={{ card: budgetCard.id, v: budgetCard.version }}
        />
      )}
      <Act
        csrf={csrf}
        action={`${base}/mute`}
        word={anchor.muted ? "Unmute" : "Mute"}
        fields={{ v: anchor.version, muted: anchor.muted ? 0 : 1 }}
      />
      {session === undefined ? undefined : (
        <Act csrf={csrf} action={`${base}/reset-session`} word="Start fresh session…" fields={{ session }} />
      )}
      <a class="button" href={`${base}/export.json`}>
        Export
      </a>
      <a class="button" href={`/runner/v/${anchor.id}`}>
        Open as a user sees it
      </a>
    </div>
  );
};

/** State, source, totals, actions. */
export const Head = ({ head }: { head: ConversationHead }) => {
  const { anchor, usage, state, moment, hosts } = head;
  const source = sourceLine(anchor.originKey, hosts);
  return (
    <section id="head" class="panel lead" aria-label="Conversation">
      <p class="stateline">
        {state === undefined ? <Mark tone="still" word="No run yet" /> : <StateMark state={state} />}{" "}
        {anchor.muted ? <Mark tone="still" word="muted" /> : undefined}{" "}
        {anchor.visibility === "gated" ? <Mark tone="still" word="gated" /> : undefined}
      </p>
      <Facts
        facts={[
          [
            "From",
            source.href === undefined ? <Text value={source.text} /> : <Away href={source.href} value={source.text} />,
          ],
          ["Source", <Words value={sourceWord(anchor.originSource)} />],
          ["Repository", anchor.repo === undefined ? undefined : <Text value={anchor.repo} />],
          ["Directory", anchor.directory === undefined ? undefined : <Code value={anchor.directory} />],
          ["Created", <When at={anchor.createdAt} moment={moment} />],
          ["Last activity", <When at={anchor.lastActiveAt} moment={moment} />],
          ["Tokens", <Words value={formatCount(usage.tokens)} />],
          ["Cost", <Words value={formatCost(usage)} />],
          ["Tool calls", <Words value={usage.toolCalls} />],
          ["Id", <Id value={anchor.id} />],
        ]}
      />
      <Actions head={head} />
    </section>
  );
};

/** Words for the agent, which everybody in the thread sees as well. */
export const Instruct = ({
  anchorId,
  csrf,
  barred,
}: {
  anchorId: string;
  csrf: string;
  barred: string | undefined;
}) => (
  <section id="instruct" class="panel" aria-labelledby="instruct-title">
    <h2 id="instruct-title">Send an instruction</h2>
    {barred === undefined ? (
      <ActForm csrf={csrf} action={`/admin/conversations/${anchorId}/message`} class="stack">
        <label class="field">
          <span>It interrupts the run, and the thread shows who sent it.</span>
          <textarea name="text" rows="3" maxlength="4000" required />
        </label>
        <button type="submit" class="main">
          Send
        </button>
      </ActForm>
    ) : (
      <Empty value={barred} />
    )}
  </section>
);

const runColumns = (anchorId: string, moment: Moment) => [
  {
    head: "Run",
    cell: ({ id, no }: RunLine) => (
      <a href={`/admin/conversations/${anchorId}/runs/${id}`}>
        <Words value={`Run ${no}`} />
      </a>
    ),
  },
  { head: "State", cell: ({ state }: RunLine) => <StateMark state={state} /> },
  { head: "Asked by", cell: ({ by, cause }: RunLine) => <Text value={`${by} · ${cause}`} /> },
  { head: "Started", cell: ({ startedAt }: RunLine) => <When at={startedAt} moment={moment} /> },
  { head: "Took", cell: ({ elapsedMs }: RunLine) => <Words value={formatDuration(elapsedMs)} />, class: "number" },
  {
    head: "Tools",
    cell: ({ tools, errors }: RunLine) => <Words value={errors === 0 ? tools : `${tools}, ${errors} failed`} />,
    class: "number",
  },
  { head: "Tokens", cell: ({ tokens }: RunLine) => <Words value={formatCount(tokens)} />, class: "number" },
  {
    head: "Cost",
    cell: ({ costMicros, unpricedTokens }: RunLine) => (
      <Words value={unpricedTokens > 0 && costMicros === 0 ? "no price" : formatUsd(costMicros)} />
    ),
    class: "number",
  },
];

/** Every run, newest first. */
export const Runs = ({ anchorId, rows, moment }: { anchorId: string; rows: readonly RunLine[]; moment: Moment }) => (
  <Panel id="runs" title="Runs">
    {rows.length === 0 ? (
      <Empty value="Nothing has run yet. A request is waiting, see Requests." />
    ) : (
      <Table
        caption="Runs, newest first"
        columns={runColumns(anchorId, moment)}
        rows={rows}
        id={({ id }) => `run-${id}`}
      />
    )}
  </Panel>
);
