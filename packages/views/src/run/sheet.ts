/** What a page about one run is drawn from, and what is worked out of it. */
import type { RunTotals } from "@thor/domain/run";
import { EndStep, ToolStep, WordsStep } from "@thor/domain/step-state";

import { diffOfTexts, type FileDiff, readApplyPatch, readPatch } from "../diff.ts";
import type { RunFacts } from "../run-state.ts";

/** A step as it is stored. */
export interface StoredStep {
  partId: string;
  sessionId: string;
  type: string;
  firstSeq: number;
  rev: number;
  state: unknown;
  truncated: boolean;
  updatedAt: number;
}
type Mark = Pick<StoredStep, "partId" | "sessionId" | "type" | "firstSeq" | "rev" | "updatedAt">;

interface Decision {
  seq: number;
  at: number;
  event: string;
  target: string;
  decision: string;
  rule?: string | undefined;
  reason?: string | undefined;
  actor: string;
}
interface Asked {
  id: string;
  state: string;
  createdAt: number;
}
interface Session {
  id: string;
  parentId?: string | undefined;
  kind: "main" | "sub";
  status: string;
  agent?: string | undefined;
}

export interface Sheet {
  anchor: {
    id: string;
    title?: string | undefined;
    originSource: string;
    originKey: string;
    repo?: string | undefined;
    directory?: string | undefined;
    visibility: "open" | "gated";
  };
  run: RunFacts & {
    id: string;
    anchorId: string;
    sessionId?: string | undefined;
    source: string;
    cause: string;
    correlationKey?: string | undefined;
    requesters: readonly { kind: string; id: string }[];
    replyTo?:
      | { kind: "slack"; channel: string; threadTs: string }
      | { kind: "github"; repo: string; number: number }
      | undefined;
    prompt?: string | undefined;
    error?: string | undefined;
    revs?: unknown;
    promptSentAt?: number | undefined;
  } & RunTotals;
  aliases: readonly { type: string; value: string; source: string; createdAt: number; version: number }[];
  sessions: readonly Session[];
  marks: readonly Mark[];
  ends: readonly StoredStep[];
  cards: readonly (Asked & {
    kind: string;
    payload: unknown;
    result?: unknown;
    actedBy?: string | undefined;
    actedAt?: number | undefined;
  })[];
  approvals: readonly (Asked & {
    tool: string;
    store: string;
    why?: string | undefined;
    votes: readonly { voter: string; decision: string; at: number }[];
  })[];
  decisions: readonly Decision[];
}

/** Whether a person's answer is awaited. */
export const isAsking = ({ cards, approvals }: Pick<Sheet, "cards" | "approvals">) =>
  cards.some(({ state, kind }) => state === "open" && kind !== "notice") ||
  approvals.some(({ state }) => state === "pending");

/** Kinds of steps that are not drawn: their meaning is in other rows. */
const UNSEEN: ReadonlySet<string> = new Set(["step-start", "step-finish", "snapshot", "patch", "agent", "file"]);
const HEAD = 100;
const TAIL = 300;

export interface Chosen {
  /** In order; the gap, when there is one, comes after `head`. */
  head: string[];
  tail: string[];
  left: number;
}

/** Which steps a page begins with: all, or the first and the last ones. */
export function chooseSteps(marks: readonly Mark[], all: boolean): Chosen {
  const seen = marks.filter(({ type }) => !UNSEEN.has(type)).map(({ partId }) => partId);
  if (all || seen.length <= HEAD + TAIL + HEAD) return { head: seen, tail: [], left: 0 };
  return { head: seen.slice(0, HEAD), tail: seen.slice(-TAIL), left: seen.length - HEAD - TAIL };
}
export const isSeen = ({ type }: Pick<Mark, "type">) => !UNSEEN.has(type);

export interface StepTree {
  step: StoredStep;
  inner: StepTree[];
}

const childOf = (step: StoredStep) =>
  step.type === "tool" ? ToolStep.safeParse(step.state).data?.childSessionId : undefined;

/** Puts a sub-agent's steps inside the call that started it; a session appears once, whoever claims it. */
export function treeOf(steps: readonly StoredStep[]): StepTree[] {
  const claimed = new Map<string, string>();
  for (const step of steps) {
    const child = childOf(step);
    if (child !== undefined && child !== step.sessionId && !claimed.has(child)) claimed.set(child, step.partId);
  }
  const placed = new Set<string>();
  const of = (session: (step: StoredStep) => boolean): StepTree[] =>
    steps.filter(session).flatMap((step) => {
      if (placed.has(step.partId)) return [];
      placed.add(step.partId);
      const child = childOf(step);
      const isMine = child !== undefined && claimed.get(child) === step.partId;
      return [{ step, inner: isMine ? of(({ sessionId }) => sessionId === child) : [] }];
    });
  const roots = of(({ sessionId }) => !claimed.has(sessionId));
  return [...roots, ...of(() => true)];
}

export interface Spent {
  name: string;
  depth: number;
  input: number;
  cached: number;
  output: number;
  reasoning: number;
  costMicros: number;
  /** Tokens were used and nothing was charged. */
  unpriced: boolean;
}
const NOTHING = { input: 0, cached: 0, output: 0, reasoning: 0, costMicros: 0 };

function addEnd(sum: typeof NOTHING, step: StoredStep): typeof NOTHING {
  const end = EndStep.safeParse(step.state).data;
  if (end === undefined) return sum;
  const { tokens } = end;
  return {
    input: sum.input + tokens.input + tokens.cache.write,
    cached: sum.cached + tokens.cache.read,
    output: sum.output + tokens.output,
    reasoning: sum.reasoning + tokens.reasoning,
    costMicros: sum.costMicros + Math.round(end.cost * 1_000_000),
  };
}

function depthOf(sessions: readonly Session[], id: string, depth = 0): number {
  const parent = sessions.find((session) => session.id === id)?.parentId;
  return parent === undefined || depth > 20 ? depth : depthOf(sessions, parent, depth + 1);
}

function spentOn(name: string, depth: number, steps: readonly StoredStep[]): Spent {
  const sum = steps.reduce(addEnd, NOTHING);
  return { name, depth, ...sum, unpriced: sum.costMicros === 0 && sum.input + sum.output > 0 };
}

/** What each agent used, parents first, and the total. */
export function spentBy({ ends, sessions }: Pick<Sheet, "ends" | "sessions">): { agents: Spent[]; total: Spent } {
  const ids = [...new Set(ends.map(({ sessionId }) => sessionId))];
  const agents = ids.map((id) => {
    const session = sessions.find((one) => one.id === id);
    const depth = depthOf(sessions, id);
    const steps = ends.filter(({ sessionId }) => sessionId === id);
    return spentOn(session?.agent ?? (depth === 0 ? "main agent" : "sub-agent"), depth, steps);
  });
  return { agents, total: spentOn("Total", 0, ends) };
}

const EDITS = /^(edit|write|multiedit|patch|apply_patch)$/;
const textIn = (input: unknown, ...names: string[]): string | undefined => {
  if (input === null || typeof input !== "object") return undefined;
  const found = Object.entries(input).find(([name, value]) => names.includes(name) && typeof value === "string");
  return typeof found?.[1] === "string" ? found[1] : undefined;
};

/** The arguments of a call; undefined when they were cut, so that they are no JSON any more. */
export function argumentsOf({ input }: Pick<ToolStep, "input">): unknown {
  try {
    const value: unknown = JSON.parse(input);
    return value;
  } catch {
    return undefined;
  }
}

/** What a call changed in files, as far as it says. */
export function diffsOf(tool: ToolStep): FileDiff[] {
  if (!EDITS.test(tool.tool)) return [];
  if (tool.diff !== undefined) {
    const files = readPatch(tool.diff);
    if (files.length > 0) return files;
  }
  const input = argumentsOf(tool);
  const patch = textIn(input, "patchText", "patch");
  if (patch !== undefined) return readApplyPatch(patch);
  const path = textIn(input, "filePath", "file_path", "path");
  const after = textIn(input, "newString", "content", "new_string");
  return path === undefined || after === undefined
    ? []
    : [diffOfTexts(path, { before: textIn(input, "oldString", "old_string") ?? "", after })];
}

/** Whether a step changed files. */
export function isEdit({ type, state }: Pick<StoredStep, "type" | "state">): boolean {
  const tool = type === "tool" ? ToolStep.safeParse(state).data : undefined;
  return tool !== undefined && diffsOf(tool).length > 0;
}

/** Files that edits of these steps touched, each once, with what changed in sum. */
export function filesOf(steps: readonly StoredStep[]): { path: string; added: number; removed: number }[] {
  const files = new Map<string, { path: string; added: number; removed: number }>();
  for (const step of steps) {
    const tool = step.type === "tool" ? ToolStep.safeParse(step.state).data : undefined;
    for (const { path, added, removed } of tool === undefined ? [] : diffsOf(tool)) {
      const sum = files.get(path) ?? { path, added: 0, removed: 0 };
      files.set(path, { path, added: sum.added + added, removed: sum.removed + removed });
    }
  }
  return [...files.values()];
}

export { ToolStep, WordsStep };
