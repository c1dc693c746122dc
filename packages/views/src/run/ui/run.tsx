/** One run as a page: what it is, what it did, what it cost. */
import { formatCost, formatCount, formatDuration, formatUsd } from "../../format.ts";
import { aliasLink, type Hosts, sourceLine } from "../../names.ts";
import { elapsedMs, isOpen, runState } from "../../run-state.ts";
import { Empty, Facts, Id, Mark, type Moment, Panel, StateMark, Table, When } from "../../ui/parts.tsx";
import { Away, Code, Text, Words } from "../../ui/text.tsx";
import { type Chosen, filesOf, isAsking, type Sheet, type Spent, spentBy, type StoredStep, treeOf } from "../sheet.ts";
import { StepItem, type WholeOf } from "./steps.tsx";

export interface RunView {
  sheet: Sheet;
  chosen: Chosen;
  steps: readonly StoredStep[];
  moment: Moment;
  hosts: Hosts;
  whole: WholeOf;
  /** The address of this run with every step on it. */
  allHref: string;
}

const count = (n: number, word: string) => `${n} ${word}${n === 1 ? "" : "s"}`;
const summaryOf = ({ sheet, moment }: RunView) => {
  const { run } = sheet;
  return [formatDuration(elapsedMs(run, moment.now)), count(run.tools, "tool"), count(run.errors, "error")].join(" · ");
};

const LastSign = ({ view: { sheet, moment } }: { view: RunView }) => {
  const at = sheet.run.lastEventAt;
  if (!isOpen(sheet.run) || at === undefined) return <></>;
  return (
    <>
      {" "}
      · last step <When at={at} moment={moment} />
    </>
  );
};

/** State, source and totals. */
export const RunHeader = ({ view }: { view: RunView }) => {
  const { sheet, moment, hosts } = view;
  const { anchor, run } = sheet;
  const state = runState(run, { now: moment.now, asks: isAsking(sheet) });
  const source = sourceLine(run.correlationKey ?? anchor.originKey, hosts);
  return (
    <section id="run-header" class="panel lead" aria-label="Run">
      <p class="stateline">
        <StateMark state={state} /> <Words value={summaryOf(view)} />
        <LastSign view={view} />
      </p>
      {state.why === undefined ? undefined : (
        <p>
          <Text value={state.why} />
        </p>
      )}
      {run.error === undefined ? undefined : (
        <p class="fault">
          <Text value={run.error} />
        </p>
      )}
      <Facts
        facts={[
          [
            "From",
            source.href === undefined ? <Text value={source.text} /> : <Away href={source.href} value={source.text} />,
          ],
          ["Asked by", <Text value={run.requesters.map(({ id }) => id).join(", ") || "nobody"} />],
          ["Started", <When at={run.startedAt} moment={moment} />],
          ["Cost", <Words value={formatCost(run)} />],
          ["Conversation", <Id value={anchor.id} />],
          ["Run", <Id value={run.id} />],
          ["Session", run.sessionId === undefined ? undefined : <Id value={run.sessionId} />],
        ]}
      />
    </section>
  );
};

const Gap = ({ left, href }: { left: number; href: string }) => (
  <li class="gap">
    <a href={href}>
      <Words value={`Show ${left} more`} />
    </a>
  </li>
);

/** Every step in its place. */
export const Steps = ({ view }: { view: RunView }) => {
  const { chosen, steps, whole } = view;
  const head = new Set(chosen.head);
  const trees = treeOf(steps);
  const [first, last] = [
    trees.filter(({ step }) => head.has(step.partId)),
    trees.filter(({ step }) => !head.has(step.partId)),
  ];
  return (
    <section id="run-steps" class="panel" aria-labelledby="run-steps-title">
      <h2 id="run-steps-title">Steps</h2>
      <ol class="steps" id="steps" data-list="" data-live-list="">
        {first.map((tree) => (
          <StepItem tree={tree} drawn={{ whole }} />
        ))}
        {chosen.left > 0 ? <Gap left={chosen.left} href={view.allHref} /> : undefined}
        {last.map((tree) => (
          <StepItem tree={tree} drawn={{ whole }} />
        ))}
      </ol>
      {steps.length === 0 ? <Empty value="No steps were recorded for this run." /> : undefined}
    </section>
  );
};

const NUMBER = { class: "number" };
const SPENT_COLUMNS = [
  { head: "Agent", cell: ({ name, depth }: Spent) => <Text value={`${"· ".repeat(depth)}${name}`} /> },
  { head: "Input", cell: ({ input }: Spent) => <Words value={formatCount(input)} />, ...NUMBER },
  { head: "Cached", cell: ({ cached }: Spent) => <Words value={formatCount(cached)} />, ...NUMBER },
  { head: "Output", cell: ({ output }: Spent) => <Words value={formatCount(output)} />, ...NUMBER },
  { head: "Reasoning", cell: ({ reasoning }: Spent) => <Words value={formatCount(reasoning)} />, ...NUMBER },
  {
    head: "Cost",
    cell: ({ costMicros, unpriced }: Spent) => <Words value={unpriced ? "no price" : formatUsd(costMicros)} />,
    ...NUMBER,
  },
];

/** What each agent used. */
export const Tokens = ({ sheet }: { sheet: Sheet }) => {
  const { agents, total } = spentBy(sheet);
  return (
    <Panel id="run-tokens" title="Tokens and cost">
      {agents.length === 0 ? (
        <Empty value="No model call has ended yet." />
      ) : (
        <Table
          caption="Tokens by agent"
          columns={SPENT_COLUMNS}
          rows={[...agents, total]}
          id={({ name, depth }) => `spent-${depth}-${name.replaceAll(/[^A-Za-z0-9]/g, "-")}`}
        />
      )}
    </Panel>
  );
};

const DECISION_TONES = new Map<string, "good" | "bad" | "wait">([
  ["allow", "good"],
  ["done", "good"],
  ["approve", "wait"],
  ["deny", "bad"],
]);

/** What was decided about this run's calls, with the rule. */
export const Decisions = ({ sheet, moment }: { sheet: Sheet; moment: Moment }) => (
  <Panel id="run-decisions" title="Decisions">
    {sheet.decisions.length === 0 ? (
      <Empty value="Nothing that needs a decision was called yet." />
    ) : (
      <Table
        caption="Decisions about calls"
        rows={sheet.decisions}
        id={({ seq }) => `decision-${seq}`}
        columns={[
          { head: "What", cell: ({ target }) => <Text value={target} /> },
          {
            head: "Decision",
            cell: ({ decision }) => <Mark tone={DECISION_TONES.get(decision) ?? "still"} word={decision} />,
          },
          { head: "Rule", cell: ({ rule, reason }) => <Text value={[rule, reason].filter(Boolean).join(": ")} /> },
          { head: "When", cell: ({ at }) => <When at={at} moment={moment} /> },
        ]}
      />
    )}
  </Panel>
);

const DEEDS = /^(git (commit|push)|gh pr create)/;

/** Files that were touched, and what left the machine. */
export const Files = ({ sheet, steps }: { sheet: Sheet; steps: readonly StoredStep[] }) => {
  const files = filesOf(steps);
  const deeds = sheet.decisions.filter(({ target, decision }) => DEEDS.test(target) && decision !== "deny");
  return (
    <Panel id="run-files" title="Files and commits">
      {files.length + deeds.length === 0 ? <Empty value="No file was changed." /> : undefined}
      <ul class="plain">
        {files.map(({ path, added, removed }) => (
          <li>
            <Code value={path} /> <Words value={`+${added} −${removed}`} />
          </li>
        ))}
        {deeds.map(({ target }) => (
          <li>
            <Text value={target} />
          </li>
        ))}
      </ul>
    </Panel>
  );
};

const NAME_WORDS = new Map([
  ["slack.thread", "Slack thread"],
  ["git.branch", "Branch"],
  ["github.issue", "Issue or pull request"],
  ["opencode.session", "Session"],
  ["opencode.subsession", "Sub-session"],
]);

/** Every outside name of the conversation. */
export const Names = ({ aliases, hosts }: { aliases: Sheet["aliases"]; hosts: Hosts }) => (
  <ul class="plain" id="names">
    {aliases.map(({ type, value }) => {
      const { text, href } = aliasLink(type, value, hosts);
      return (
        <li>
          <span class="quiet">
            <Words value={NAME_WORDS.get(type) ?? type} />
          </span>{" "}
          {href === undefined ? <Text value={text} /> : <Away href={href} value={text} />}
        </li>
      );
    })}
  </ul>
);

function modelOf(revs: unknown): string | undefined {
  if (revs === null || typeof revs !== "object" || !("model" in revs)) return undefined;
  const { model } = revs;
  if (model === null || typeof model !== "object" || !("modelID" in model)) return undefined;
  return String(model.modelID);
}

/** Where the run stands: names, revisions, who. */
export const Context = ({ view }: { view: RunView }) => {
  const { sheet, hosts } = view;
  const { anchor, run, aliases } = sheet;
  return (
    <Panel id="run-context" title="Context">
      <Names aliases={aliases} hosts={hosts} />
      <Facts
        facts={[
          ["Repository", anchor.repo === undefined ? undefined : <Text value={anchor.repo} />],
          ["Directory", anchor.directory === undefined ? undefined : <Code value={anchor.directory} />],
          ["Started by", <Words value={run.cause} />],
          ["Model", modelOf(run.revs) === undefined ? undefined : <Text value={modelOf(run.revs) ?? ""} />],
        ]}
      />
    </Panel>
  );
};
