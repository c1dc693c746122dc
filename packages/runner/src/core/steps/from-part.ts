/** OpenCode's parts as the ledger keeps them: whole where short, head and tail where long. */
import type { Json } from "@thor/domain/json";

import { isStepFinish, isToolPart, isWordsPart, type Part, type ToolPart } from "../opencode/project.ts";
import type { Redact } from "../redact.ts";

const HEAD = 48 * 1024;
const TAIL = 16 * 1024;
/** The ledger takes half a mebibyte a step, as JSON. */
const MAX_TEXT = 1024 * 1024;
const MAX_BYTES = 480 * 1024;

export interface PartState {
  state: Json;
  truncated: boolean;
  /** Of the state as JSON. */
  bytes: number;
}
type Shown = Omit<PartState, "bytes">;

function cut(text: string, head: number, tail: number): { text: string; truncated: boolean } {
  if (text.length <= head + tail) return { text, truncated: false };
  const omitted = text.length - head - tail;
  return { text: `${text.slice(0, head)}\n…[${omitted} characters left out]…\n${text.slice(-tail)}`, truncated: true };
}

const textOf = (value: unknown) => (typeof value === "string" ? value : undefined);

/** What a page needs to draw an edit, and to put a sub-agent's steps inside its call. */
function linksOf({ metadata }: ToolPart["state"], head: number) {
  const diff = textOf(metadata?.["diff"]);
  const shown = diff === undefined ? undefined : cut(diff, head, 0);
  return { diff: shown?.text, childSessionId: textOf(metadata?.["sessionId"]), isCut: shown?.truncated === true };
}

const sizeOf = (state: Json) => Buffer.byteLength(JSON.stringify(state));

function shownTool({ tool, callID, state }: ToolPart, redact: Redact, share: number): Shown {
  const [head, tail] = [Math.floor(HEAD * share), Math.floor(TAIL * share)];
  const { status, title, input, output, error, time } = state;
  const shownInput = cut(redact(JSON.stringify(input ?? {})), head, tail);
  const shownOutput = cut(redact(output ?? error ?? ""), head, tail);
  const exit = state.metadata?.["exit"];
  const { isCut, ...links } = linksOf(state, head);
  return {
    state: {
      tool,
      callId: callID,
      status,
      title: title === undefined ? undefined : cut(redact(title), tail, 0).text,
      input: shownInput.text,
      output: shownOutput.text,
      exit: typeof exit === "number" ? exit : undefined,
      startedAt: time?.start,
      endedAt: time?.end,
      ...links,
    },
    truncated: shownInput.truncated || shownOutput.truncated || isCut,
  };
}

function shownPart(part: Part, redact: Redact, share: number): Shown | undefined {
  if (isToolPart(part)) return shownTool(part, redact, share);
  if (isWordsPart(part)) {
    const shown = cut(redact(part.text), Math.floor(MAX_TEXT * share), 0);
    return { state: { text: shown.text, endedAt: part.time?.end }, truncated: shown.truncated };
  }
  if (isStepFinish(part)) {
    const { reason, cost, tokens } = part;
    return { state: { reason, cost, tokens: { ...tokens, cache: { ...tokens.cache } } }, truncated: false };
  }
  return undefined;
}

/** The state to store for a part, cut shorter until the ledger takes it; undefined for parts that say nothing. */
export function stateOfPart(part: Part, redact: Redact): PartState | undefined {
  for (let share = 1; share > 1 / 64; share /= 2) {
    const shown = shownPart(part, redact, share);
    if (shown === undefined) return undefined;
    const bytes = sizeOf(shown.state);
    if (bytes <= MAX_BYTES) return { ...shown, bytes };
  }
  return undefined;
}
