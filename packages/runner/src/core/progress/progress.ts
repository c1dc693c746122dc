/** What people see of a run, folded from the same inputs as its record: log, ledger and Slack cannot disagree. */
import type { RunTotals } from "@thor/domain/run";

import { withReported, type Reported } from "../budget/reported.ts";
import { isStepFinish, isToolPart, type MessageInfo, type OpencodeEvent, type Part } from "../opencode/project.ts";
import { memoryTouched, noteRead, type MemoryTouched } from "./memory.ts";
import { toolName } from "./tool-name.ts";

const KEPT_GROUPS = 5;

export interface Group {
  name: string;
  count: number;
}

export interface Progress {
  startedAt: number;
  tools: number;
  errors: number;
  /** Consecutive calls of one name, newest last. */
  groups: Group[];
  /** Sub-agents that were set to work. */
  agents: Group[];
  /** Notes that were read or written. */
  memory: readonly MemoryTouched[];
  /** How full the model's context was at its last answer, and which model that is. */
  context?: { tokens: number; model: string } | undefined;
  retry?: { message: string; attempt: number; next: number } | undefined;
  resumed: boolean;
  totals: RunTotals;
  reported: Reported;
  /** Ids already counted: tool calls and finished steps come many times. */
  seen: ReadonlySet<string>;
}

const NO_TOTALS: RunTotals = {
  tools: 0,
  errors: 0,
  tokensInput: 0,
  tokensOutput: 0,
  tokensReasoning: 0,
  tokensCacheRead: 0,
  tokensCacheWrite: 0,
  costMicros: 0,
  unpricedTokens: 0,
};

/** `notes` are the files that the prompt itself has shown. */
export const newProgress = (startedAt: number, notes: readonly string[] = []): Progress => ({
  startedAt,
  tools: 0,
  errors: 0,
  groups: [],
  agents: [],
  memory: notes.flatMap((file) => noteRead(file)),
  resumed: false,
  totals: NO_TOTALS,
  reported: new Map(),
  seen: new Set(),
});

function withGroup(groups: Group[], name: string): Group[] {
  const last = groups.at(-1);
  if (last?.name === name) return [...groups.slice(0, -1), { name, count: last.count + 1 }];
  return [...groups, { name, count: 1 }].slice(-KEPT_GROUPS);
}

const MAX_MEMORY = 50;

function withMemory(progress: Progress, touched: readonly MemoryTouched[]): Progress {
  const isNew = ({ path, deed }: MemoryTouched) =>
    !progress.memory.some((known) => known.path === path && known.deed === deed);
  const news = touched.filter(isNew);
  return news.length === 0 ? progress : { ...progress, memory: [...progress.memory, ...news].slice(-MAX_MEMORY) };
}

function onTool(before: Progress, part: Extract<Part, { type: "tool" }>): Progress {
  if (!isToolPart(part)) return before;
  const progress = withMemory(before, memoryTouched(part));
  const failedId = `${part.id}:error`;
  if (part.state.status === "error" && !progress.seen.has(failedId)) {
    const errors = progress.errors + 1;
    const counted = {
      ...progress,
      errors,
      totals: { ...progress.totals, errors },
      seen: new Set([...progress.seen, failedId]),
    };
    return onTool(counted, part);
  }
  // A pending call has no input yet, so no name to show.
  if (part.state.status === "pending" || progress.seen.has(part.id)) return progress;
  const tools = progress.tools + 1;
  const groups = withGroup(progress.groups, toolName(part));
  const agent = part.tool === "task" ? part.state.input?.["subagent_type"] : undefined;
  return {
    ...progress,
    tools,
    groups,
    agents: typeof agent === "string" ? withGroup(progress.agents, agent) : progress.agents,
    totals: { ...progress.totals, tools },
    seen: new Set([...progress.seen, part.id]),
  };
}

function onStepFinish(progress: Progress, part: Part): Progress {
  if (!isStepFinish(part) || progress.seen.has(part.id)) return progress;
  const { tokens, cost } = part;
  const { totals } = progress;
  const spent = tokens.input + tokens.output + tokens.reasoning + tokens.cache.write;
  return {
    ...progress,
    seen: new Set([...progress.seen, part.id]),
    totals: {
      ...totals,
      tokensInput: totals.tokensInput + tokens.input,
      tokensOutput: totals.tokensOutput + tokens.output,
      tokensReasoning: totals.tokensReasoning + tokens.reasoning,
      tokensCacheRead: totals.tokensCacheRead + tokens.cache.read,
      tokensCacheWrite: totals.tokensCacheWrite + tokens.cache.write,
      costMicros: totals.costMicros + Math.round(cost * 1_000_000),
      unpricedTokens: totals.unpricedTokens + (cost === 0 ? spent : 0),
    },
  };
}

export function withPart(progress: Progress, part: Part): Progress {
  if (part.type === "tool") return isToolPart(part) ? onTool(progress, part) : progress;
  return part.type === "step-finish" ? onStepFinish(progress, part) : progress;
}

/** A message that says how much it read shows how full the context is; one that says nothing changes nothing. */
export function withMessage(progress: Progress, { role, tokens, modelID, providerID, summary }: MessageInfo): Progress {
  if (role !== "assistant" || tokens === undefined || modelID === undefined || summary === true) return progress;
  const used = tokens.input + tokens.output + tokens.reasoning + tokens.cache.read + tokens.cache.write;
  return used === 0 ? progress : { ...progress, context: { tokens: used, model: `${providerID ?? ""}/${modelID}` } };
}

function withSession(
  progress: Progress,
  { id, cost = 0, tokens }: Extract<OpencodeEvent, { type: "session.updated" }>["info"],
): Progress {
  if (tokens === undefined) return progress;
  return { ...progress, reported: withReported(progress.reported, id, { cost, tokens }) };
}

export function withEvent(progress: Progress, event: OpencodeEvent): Progress {
  if (event.type === "message.part.updated") return { ...withPart(progress, event.part), retry: undefined };
  if (event.type === "session.updated") return withSession(progress, event.info);
  if (event.type !== "session.status") return progress;
  const { status } = event;
  if (status.type !== "retry") return { ...progress, retry: undefined };
  return { ...progress, retry: { message: status.message, attempt: status.attempt, next: status.next } };
}
