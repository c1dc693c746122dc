/** A run's page, live or not, drawn from what the ledger has of it; the same for operators and for readers. */
import { htmlOf } from "../html.ts";
import type { Hosts } from "../names.ts";
import { isOpen } from "../run-state.ts";
import { chooseSteps, isEdit, isSeen, type Sheet, type StoredStep } from "../run/sheet.ts";
import { Context, Decisions, Files, RunHeader, type RunView, Tokens } from "../run/ui/run.tsx";
import { StepFragment, type WholeOf } from "../run/ui/steps.tsx";
import type { Moment } from "../ui/parts.tsx";
import type { Change, LiveView } from "./stream.ts";

/** What is read of the ledger. */
export interface RunReads {
  runSheet: (wanted: { anchorId: string; triggerId: string }) => Promise<Sheet | undefined>;
  stepsById: (wanted: { triggerId: string; partIds: readonly string[] }) => Promise<readonly StoredStep[]>;
}
export interface RunPlace {
  anchorId: string;
  triggerId: string;
  hosts: Hosts;
  whole: WholeOf;
  allHref: string;
}

const TEXTS_AT_ONCE = 500;

async function stepsOf(reads: RunReads, triggerId: string, partIds: readonly string[]): Promise<StoredStep[]> {
  const steps: StoredStep[] = [];
  for (let at = 0; at < partIds.length; at += TEXTS_AT_ONCE)
    steps.push(...(await reads.stepsById({ triggerId, partIds: partIds.slice(at, at + TEXTS_AT_ONCE) })));
  return steps;
}

/** A run with the steps that a page begins with; undefined when it is not one of this conversation. */
export async function loadRun(
  reads: RunReads,
  place: RunPlace,
  { moment, all }: { moment: Moment; all: boolean },
): Promise<RunView | undefined> {
  const sheet = await reads.runSheet(place);
  if (sheet === undefined) return undefined;
  const chosen = chooseSteps(sheet.marks, all);
  const steps = await stepsOf(reads, place.triggerId, [...chosen.head, ...chosen.tail]);
  const { hosts, whole, allHref } = place;
  return { sheet, chosen, steps, moment, hosts, whole, allHref };
}

/** The parts of a run's page that change besides its steps. */
export const runPanels = (view: RunView): { id: string; html: string }[] => [
  { id: "run-header", html: htmlOf(RunHeader({ view })) },
  { id: "run-tokens", html: htmlOf(Tokens({ sheet: view.sheet })) },
  { id: "run-files", html: htmlOf(Files({ sheet: view.sheet, steps: view.steps })) },
  { id: "run-decisions", html: htmlOf(Decisions({ sheet: view.sheet, moment: view.moment })) },
  { id: "run-context", html: htmlOf(Context({ view })) },
];

/** A step older than the page by more than this was on the page. */
const SLACK_MS = 60_000;
const TOPICS: ReadonlySet<string> = new Set(["triggers", "approvals", "cards", "anchors"]);

export interface RunLiveOptions {
  reads: RunReads;
  place: RunPlace;
  moment: () => Moment;
  /** When the page was drawn. */
  drawnAt: number;
}

/** Keeps an open run page as the ledger has it: sends parts and steps that differ from what was sent before. */
export function createRunLive({ reads, place, moment, drawnAt }: RunLiveOptions): LiveView {
  const { anchorId, triggerId, hosts, whole, allHref } = place;
  const sentPanels = new Map<string, string>();
  const sentRevs = new Map<string, number>();
  const edits = new Map<string, StoredStep>();
  let isFirst = true;

  /** Steps that the page has not in their latest state; what was old when it was drawn is on it. */
  const changedSteps = async ({ marks }: Sheet): Promise<readonly StoredStep[]> => {
    const changed = marks.filter(({ partId, rev }) => sentRevs.get(partId) !== rev);
    for (const { partId, rev } of marks) sentRevs.set(partId, rev);
    const ids = changed.filter(isSeen).map(({ partId }) => partId);
    const steps = await stepsOf(reads, triggerId, ids);
    for (const step of steps) if (isEdit(step)) edits.set(step.partId, step);
    const isNews = ({ updatedAt }: StoredStep) => !isFirst || updatedAt >= drawnAt - SLACK_MS;
    const news = steps.filter(isNews);
    isFirst = false;
    return news;
  };

  return {
    concerns: ({ topic, key }: Change) => {
      if (topic === "triggers") return key === triggerId;
      return topic === "anchors" ? key === anchorId : TOPICS.has(topic);
    },
    next: async () => {
      const sheet = await reads.runSheet(place);
      if (sheet === undefined) return { html: "", ended: true };
      const news = await changedSteps(sheet);
      const chosen = { head: [], tail: [], left: 0 };
      const view = { sheet, chosen, steps: [...edits.values()], moment: moment(), hosts, whole, allHref };
      const panels = runPanels(view).filter(({ id, html }) => sentPanels.get(id) !== html);
      for (const { id, html } of panels) sentPanels.set(id, html);
      const items = news.map((step) => htmlOf(StepFragment({ step, drawn: { whole } })));
      return { html: [...panels.map(({ html }) => html), ...items].join(""), ended: !isOpen(sheet.run) };
    },
  };
}
