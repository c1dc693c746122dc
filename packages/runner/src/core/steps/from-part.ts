/** OpenCode's parts as the ledger keeps them: whole where short, head and tail where long. */
import type { Json } from "@thor/domain/json";

import { isStepFinish, isToolPart, isWordsPart, type Part, type ToolPart } from "../opencode/project.ts";

const HEAD = 48 * 1024;
const TAIL = 16 * 1024;
const MAX_TEXT = 1024 * 1024;

export interface PartState {
  state: Json;
  truncated: boolean;
}

function cut(text: string, head: number, tail: number): { text: string; truncated: boolean } {
  if (text.length <= head + tail) return { text, truncated: false };
  const omitted = text.length - head - tail;
  return { text: `${text.slice(0, head)}\n…[${omitted} characters left out]…\n${text.slice(-tail)}`, truncated: true };
}

function stateOfTool({ tool, callID, state }: ToolPart): PartState {
  const { status, title, input, output, error, time } = state;
  const shownInput = cut(JSON.stringify(input ?? {}), HEAD, TAIL);
  const shownOutput = cut(output ?? error ?? "", HEAD, TAIL);
  const exit = state.metadata?.["exit"];
  return {
    state: {
      tool,
      callId: callID,
      status,
      title,
      input: shownInput.text,
      output: shownOutput.text,
      exit: typeof exit === "number" ? exit : undefined,
      startedAt: time?.start,
      endedAt: time?.end,
    },
    truncated: shownInput.truncated || shownOutput.truncated,
  };
}

/** The state to store for a part, or undefined for parts that say nothing by themselves. */
export function stateOfPart(part: Part): PartState | undefined {
  if (isToolPart(part)) return stateOfTool(part);
  if (isWordsPart(part)) {
    const shown = cut(part.text, MAX_TEXT, 0);
    return { state: { text: shown.text, endedAt: part.time?.end }, truncated: shown.truncated };
  }
  if (isStepFinish(part)) {
    const { reason, cost, tokens } = part;
    return { state: { reason, cost, tokens: { ...tokens, cache: { ...tokens.cache } } }, truncated: false };
  }
  return undefined;
}
