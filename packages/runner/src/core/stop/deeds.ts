/** What a stopped run had done by then, and what it was doing, from its recorded steps. */
import { z } from "zod";

import { toolName } from "../progress/tool-name.ts";

const NAMED = 5;
const WRITES =
  /\b(?:git(?: -C \S+)? (?<git>commit|push|merge|tag)|gh (?<gh>(?:pr|issue|release) (?:create|comment|edit|close|reopen|merge|review|ready))|(?<post>slack-post-message))\b/g;
const SPEAKS = /^gh (?:pr|issue) (?:create|comment|review|close)$/;
const EDITS = new Set(["edit", "write", "apply_patch"]);
const PATCHED = /\*\*\* (?:Add|Update|Delete) File: (\S+)/g;
const CUT_OFF = /Tool execution aborted|User aborted the command/;

const StoredCall = z.object({
  tool: z.string(),
  status: z.enum(["pending", "running", "completed", "error"]),
  input: z.string(),
  output: z.string(),
  exit: z.number().optional(),
});
type StoredCall = z.infer<typeof StoredCall>;
const Input = z.record(z.string(), z.unknown());

export interface Deeds {
  /** The newest calls that changed something others can see. */
  done: readonly string[];
  filesEdited: number;
  /** Calls that were running. */
  interrupted: readonly string[];
}

/** A long input is stored cut, so that it is no JSON any more. */
function inputOf({ input }: StoredCall): Record<string, unknown> {
  try {
    return Input.parse(JSON.parse(input));
  } catch {
    return {};
  }
}

function writesIn({ command }: Record<string, unknown>): string[] {
  if (typeof command !== "string") return [];
  return [...command.matchAll(WRITES)].map(({ groups = {} }) => {
    const { git, gh, post } = groups;
    return git === undefined ? (gh === undefined ? (post ?? "") : `gh ${gh}`) : `git ${git}`;
  });
}

function filesOf({ filePath, patchText }: Record<string, unknown>, otherwise: string): string[] {
  if (typeof filePath === "string") return [filePath];
  const patched = typeof patchText === "string" ? [...patchText.matchAll(PATCHED)].map(([, file = ""]) => file) : [];
  return patched.length === 0 ? [otherwise] : patched;
}

const wasCutOff = ({ status, output }: StoredCall) =>
  status === "pending" || status === "running" || CUT_OFF.test(output);

function interruptedName(call: StoredCall): string {
  const input = inputOf(call);
  const writes = writesIn(input);
  return writes.length === 0
    ? toolName({ tool: call.tool, state: { status: call.status, input } })
    : `${writes.join(" + ")} (may have taken effect)`;
}

/** Whether the agent itself wrote on an issue or pull request. */
export const hasSpokenOnGithub = (steps: readonly { state: unknown }[]): boolean =>
  steps.some(({ state }) => {
    const call = StoredCall.safeParse(state).data;
    if (call === undefined || wasCutOff(call) || call.status === "error" || (call.exit ?? 0) !== 0) return false;
    return writesIn(inputOf(call)).some((name) => SPEAKS.test(name));
  });

export function deedsOf(steps: readonly { partId: string; state: unknown }[]): Deeds {
  const calls = steps.flatMap(({ partId, state }) => {
    const parsed = StoredCall.safeParse(state);
    return parsed.success ? [{ partId, ...parsed.data }] : [];
  });
  const finished = calls.filter((call) => !wasCutOff(call));
  const done = finished.flatMap((call) => {
    const hasFailed = call.status === "error" || (call.exit ?? 0) !== 0;
    return writesIn(inputOf(call)).map((name) => (hasFailed ? `${name} (failed)` : name));
  });
  const edits = finished.filter(({ tool, status }) => EDITS.has(tool) && status === "completed");
  return {
    done: done.slice(-NAMED),
    filesEdited: new Set(edits.flatMap((call) => filesOf(inputOf(call), call.partId))).size,
    interrupted: calls.filter(wasCutOff).map(interruptedName).slice(-NAMED),
  };
}
