/** The reader's pages: a conversation with its runs, one run, and what a person may not read. */
import { formatCost, formatCount, formatDuration } from "@thor/views/format";
import { htmlOf } from "@thor/views/html";
import { sourceWord } from "@thor/views/names";
import { elapsedMs, isOpen, runState } from "@thor/views/run-state";
import type { Sheet } from "@thor/views/run/sheet";
import { Names, Steps, type RunView } from "@thor/views/run/ui/run";
import { Empty, Facts, type Moment, Panel, StateMark, Table, When } from "@thor/views/ui/parts";
import { Text, Words } from "@thor/views/ui/text";

type Run = Omit<Sheet["run"], "revs">;

/** `<source> · <last 7>`. */
export const viewerTitle = (source: string, id: string) => `${sourceWord(source)} · ${id.slice(-7)}`;

interface RunsProps {
  anchorId: string;
  runs: readonly Run[];
  moment: Moment;
  asks: boolean;
}

/** Every run, newest first. */
export const RunList = ({ anchorId, runs, moment, asks }: RunsProps) => (
  <Panel id="runs" title="Runs">
    {runs.length === 0 ? (
      <Empty value="Nothing has run yet." />
    ) : (
      <Table
        caption="Runs, newest first"
        rows={runs}
        id={({ id }) => `run-${id}`}
        columns={[
          {
            head: "Run",
            cell: ({ id, startedAt }) => (
              <a href={`/runner/v/${anchorId}/${id}`}>
                <When at={startedAt} moment={moment} />
              </a>
            ),
          },
          { head: "State", cell: (run) => <StateMark state={runState(run, { now: moment.now, asks })} /> },
          {
            head: "Took",
            cell: (run) => <Words value={formatDuration(elapsedMs(run, moment.now))} />,
            class: "number",
          },
          { head: "Tools", cell: ({ tools }) => <Words value={tools} />, class: "number" },
          { head: "Cost", cell: (run) => <Words value={formatCost(run)} />, class: "number" },
        ]}
      />
    )}
  </Panel>
);

/** The names of a conversation. */
export const NamesPanel = ({ aliases, hosts }: Parameters<typeof Names>[0]) => (
  <Panel id="context" title="Names">
    <Names aliases={aliases} hosts={hosts} />
  </Panel>
);

/** State, times and totals of a run whose words are not for everybody; nothing of what was said or done. */
export const Limited = ({ run, moment, asks }: { run: Run; moment: Moment; asks: boolean }) => {
  const tokens = run.tokensInput + run.tokensOutput + run.tokensReasoning + run.tokensCacheWrite;
  return (
    <section id="run-header" class="panel lead" aria-label="Run">
      <p class="stateline">
        <StateMark state={{ ...runState(run, { now: moment.now, asks }), why: undefined }} />{" "}
        <Words value={formatDuration(elapsedMs(run, moment.now))} />
      </p>
      <p>This conversation is from a private place. Who took part in it can read it here.</p>
      <Facts
        facts={[
          ["Started", <When at={run.startedAt} moment={moment} />],
          ["Tools", <Words value={run.tools} />],
          ["Tokens", <Words value={formatCount(tokens)} />],
          ["Cost", <Words value={formatCost(run)} />],
        ]}
      />
    </section>
  );
};

export interface StopProps {
  action: string;
  csrf: string;
}

/** The reader's one act. */
export const StopForm = ({ action, csrf }: StopProps) => (
  <section id="stop" class="panel" aria-label="Stop">
    <details id="stop-form">
      <summary>Stop this run…</summary>
      <form method="post" action={action} class="stack">
        <input type="hidden" name="_csrf" value={csrf} />
        <label class="field">
          <span>Reason (3 to 500 characters; the thread is told who stopped it)</span>
          <textarea name="reason" rows="2" minlength="3" maxlength="500" required />
        </label>
        <button type="submit" class="danger">
          Stop it
        </button>
      </form>
    </details>
  </section>
);

/** The body of a run's page. */
export function runBody(
  view: RunView,
  parts: readonly { html: string }[],
  more: { stop?: StopProps | undefined; isAdmin: boolean },
): string {
  const { anchor, run } = view.sheet;
  const [header, ...others] = parts;
  const links = (
    <p>
      <a href={`/runner/v/${anchor.id}`}>All runs of this conversation</a>
      {more.isAdmin ? (
        <>
          {" · "}
          <a href={`/admin/conversations/${anchor.id}/runs/${run.id}`}>Open in admin</a>
        </>
      ) : undefined}
    </p>
  );
  const stop = more.stop === undefined || !isOpen(run) ? "" : htmlOf(StopForm(more.stop));
  return [header?.html ?? "", htmlOf(links), stop, htmlOf(Steps({ view })), ...others.map(({ html }) => html)].join("");
}

/** What a reader is told instead of a page. */
export const Sentence = ({ value }: { value: string }) => (
  <section class="panel" aria-label="Answer">
    <p>
      <Text value={value} />
    </p>
  </section>
);
