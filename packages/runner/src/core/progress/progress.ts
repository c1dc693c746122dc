/** What people see of a run, folded from the same inputs as its record: log, ledger and Slack cannot disagree. */
import type { RunTotals } from "@thor/domain/run";

import { isStepFinish, isToolPart, type OpencodeEvent, type Part } from "../opencode/project.ts";
import { toolName } from "./tool-name.ts";

const KEPT_GROUPS = 5;

export interface Progress {
  startedAt: number;
  tools: number;
  errors: number;
  /** Consecutive calls of one name, newest last. */
  groups: { name: string; count: number }[];
  retry?: { message: string; attempt: number; next: number } | undefined;
  resumed: boolean;
  totals: RunTotals;
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

export const newProgress = (startedAt: number): Progress => ({
  startedAt,
  tools: 0,
  errors: 0,
  groups: [],
  resumed: false,
  totals: NO_TOTALS,
  seen: new Set(),
});

function withGroup(groups: Progress["groups"], name: string): Progress["groups"] {
  const last = groups.at(-1);
  if (last?.name === name) return [...groups.slice(0, -1), { name, count: last.count + 1 }];
  return [...groups, { name, count: 1 }].slice(-KEPT_GROUPS);
}

function onTool(progress: Progress, part: Extract<Part, { type: "tool" }>): Progress {
  if (!isToolPart(part)) return progress;
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
  return {
    ...progress,
    tools,
    groups,
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

export function withEvent(progress: Progress, event: OpencodeEvent): Progress {
  if (event.type === "message.part.updated") return { ...withPart(progress, event.part), retry: undefined };
  if (event.type !== "session.status") return progress;
  const { status } = event;
  if (status.type !== "retry") return { ...progress, retry: undefined };
  return { ...progress, retry: { message: status.message, attempt: status.attempt, next: status.next } };
}
