/** Steps of a run in the order in which they were first seen, each with its latest state. */
import { formatBytes, formatDuration } from "../../format.ts";
import { Block, Said, Text, Words } from "../../ui/text.tsx";
import { argumentsOf, diffsOf, isSeen, type StepTree, type StoredStep, ToolStep, WordsStep } from "../sheet.ts";
import { Diff } from "./diff.tsx";

const INLINE_LINES = 200;
const INLINE_BYTES = 16_000;
const TAIL_LINES = 40;

/** Where the whole of a step is shown. */
export type WholeOf = (partId: string) => string;
interface Drawn {
  whole: WholeOf;
  /** Nothing is left out: the page of one step. */
  complete?: boolean | undefined;
}

const TONES = { pending: "still", running: "busy", completed: "good", error: "bad" } as const;
const STATE_WORDS = { pending: "waiting", running: "running", completed: "done", error: "failed" } as const;

/** A long text by its beginning, or by its end where that says more. */
function inline(text: string, end: "head" | "tail"): { text: string; isCut: boolean } {
  const lines = text.split("\n");
  const most = end === "tail" ? TAIL_LINES : INLINE_LINES;
  const kept = end === "tail" ? lines.slice(-most) : lines.slice(0, most);
  const shown = kept.join("\n");
  const short = end === "tail" ? shown.slice(-INLINE_BYTES) : shown.slice(0, INLINE_BYTES);
  return { text: short, isCut: short.length < text.length };
}

const Value = (props: { label: string; value: string; end: "head" | "tail"; href: string; complete: boolean }) => {
  const shown = props.complete ? { text: props.value, isCut: false } : inline(props.value, props.end);
  if (props.value === "") return <></>;
  return (
    <div class="value">
      <h4>
        <Words value={props.label} />
      </h4>
      <Block value={shown.text} label={props.label} />
      {shown.isCut ? (
        <a href={props.href}>
          <Words value={`Show all (${formatBytes(props.value.length)})`} />
        </a>
      ) : undefined}
    </div>
  );
};

function pretty(tool: ToolStep): string {
  const input = argumentsOf(tool);
  return input === undefined ? tool.input : JSON.stringify(input, null, 2);
}

function commandOf(tool: ToolStep): string | undefined {
  const input = tool.tool === "bash" ? argumentsOf(tool) : undefined;
  if (input === null || typeof input !== "object" || !("command" in input)) return undefined;
  return typeof input.command === "string" ? input.command : undefined;
}

const took = ({ startedAt, endedAt }: ToolStep) =>
  startedAt === undefined || endedAt === undefined ? undefined : formatDuration(endedAt - startedAt);

const ToolHead = ({ tool }: { tool: ToolStep }) => (
  <summary>
    <span class={`state ${TONES[tool.status]}`}>
      <Words value={STATE_WORDS[tool.status]} />
    </span>{" "}
    <strong>
      <Text value={tool.tool} />
    </strong>{" "}
    <Text value={tool.title ?? commandOf(tool) ?? ""} />{" "}
    <span class="quiet">
      <Words value={took(tool) ?? ""} />
      {tool.exit === undefined || tool.exit === 0 ? undefined : <Words value={` exit ${tool.exit}`} />}
    </span>
  </summary>
);

const ToolBody = ({ tool, step, drawn }: { tool: ToolStep; step: StoredStep; drawn: Drawn }) => {
  const command = commandOf(tool);
  const diffs = diffsOf(tool);
  const place = { href: drawn.whole(step.partId), complete: drawn.complete === true };
  return (
    <div class="body">
      {command === undefined ? undefined : <Value label="Command" value={command} end="head" {...place} />}
      {diffs.map((file, at) => (
        <Diff file={file} id={`diff-${step.partId}-${at}`} whole={place.href} />
      ))}
      {command !== undefined || diffs.length > 0 ? undefined : (
        <Value label="Input" value={pretty(tool)} end="head" {...place} />
      )}
      <Value label="Output" value={tool.output} end={command === undefined ? "head" : "tail"} {...place} />
      {step.truncated ? <p class="quiet">More was said than is stored.</p> : undefined}
    </div>
  );
};

const Inner = ({ sessionId, inner, drawn }: { sessionId: string; inner: readonly StepTree[]; drawn: Drawn }) => (
  <ol class="steps" id={`steps-${sessionId}`} data-list="">
    {inner.map((tree) => (
      <StepItem tree={tree} drawn={drawn} />
    ))}
  </ol>
);

const Tool = ({ tool, tree, drawn }: { tool: ToolStep; tree: StepTree; drawn: Drawn }) => (
  <>
    <details id={`tool-${tree.step.partId}`} open={drawn.complete === true || diffsOf(tool).length > 0}>
      <ToolHead tool={tool} />
      <ToolBody tool={tool} step={tree.step} drawn={drawn} />
    </details>
    {tool.childSessionId === undefined ? undefined : (
      <Inner sessionId={tool.childSessionId} inner={tree.inner} drawn={drawn} />
    )}
  </>
);

const Withheld = ({ step }: { step: StoredStep }) => (
  <p class="quiet">
    <Text value={`${step.type}: ${formatBytes(JSON.stringify(step.state ?? null).length)}, raw value withheld`} />
  </p>
);

const Thought = ({ step, text }: { step: StoredStep; text: string }) => (
  <details id={`thought-${step.partId}`} class="thought">
    <summary>Thought</summary>
    <Said value={text} />
  </details>
);

const Content = ({ tree, drawn }: { tree: StepTree; drawn: Drawn }) => {
  const { step } = tree;
  if (step.type === "tool") {
    const tool = ToolStep.safeParse(step.state).data;
    return tool === undefined ? <Withheld step={step} /> : <Tool tool={tool} tree={tree} drawn={drawn} />;
  }
  const words = WordsStep.safeParse(step.state).data;
  if (words === undefined) return <Withheld step={step} />;
  if (step.type === "reasoning") return <Thought step={step} text={words.text} />;
  return <Said value={words.text} />;
};

/** One step; those of its sub-agent are inside. */
export const StepItem = ({ tree, drawn }: { tree: StepTree; drawn: Drawn }): JSX.Element => (
  <li
    id={`step-${tree.step.partId}`}
    class={`step ${tree.step.type}`}
    data-seq={String(tree.step.firstSeq)}
    tabindex="-1"
  >
    <Content tree={tree} drawn={drawn} />
  </li>
);

/** A changed or new step on its way to a page that is open: it finds its place by the list it belongs to. */
export const StepFragment = ({ step, drawn }: { step: StoredStep; drawn: Drawn }) =>
  isSeen(step) ? (
    <div data-into={`steps-${step.sessionId}`} data-else="steps">
      <StepItem tree={{ step, inner: [] }} drawn={drawn} />
    </div>
  ) : (
    <></>
  );
