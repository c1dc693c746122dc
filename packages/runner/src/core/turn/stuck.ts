/** Whether an agent goes in circles: judged for each session on its own, from finished calls and steps. */
import { isStepFinish, isToolPart, isWordsPart, type Part, type ToolPart } from "../opencode/project.ts";
import { toolName } from "../progress/tool-name.ts";

interface Call {
  name: string;
  /** What was asked, and what came of it. */
  input: string;
  result: string;
  error?: string | undefined;
}

/** What is remembered of one session. */
export interface Habit {
  calls: readonly Call[];
  /** Steps of the model in a row that brought neither a call nor a word. */
  emptySteps: number;
  saidSomething: boolean;
  seen: ReadonlySet<string>;
}

export const newHabit: Habit = { calls: [], emptySteps: 0, saidSomething: false, seen: new Set() };

const SAME = 5;
const SAME_ERROR = 4;
const ALTERNATING = 10;
const EMPTY_STEPS = 3;
const KEY_CHARS = 2000;

/** Long results by their length and both ends: enough to see a difference. */
const keyOf = (text: string) =>
  text.length <= KEY_CHARS ? text : `${text.length}:${text.slice(0, KEY_CHARS / 2)}${text.slice(-KEY_CHARS / 2)}`;
/** Errors that differ in numbers and ids only are the same error. */
const masked = (error: string) => keyOf(error.replaceAll(/[0-9a-f]*\d[0-9a-f-]*/gi, "#"));

function callOf({ tool, state }: ToolPart, name: string): Call {
  const { input, output = "", error } = state;
  return {
    name,
    input: `${tool} ${keyOf(JSON.stringify(input ?? {}))}`,
    result: keyOf(output),
    error: error === undefined ? undefined : `${tool} ${masked(error)}`,
  };
}

const isSame = (a: Call | undefined, b: Call | undefined) =>
  a !== undefined && b !== undefined && a.input === b.input && a.result === b.result && a.error === b.error;

function repetition(calls: readonly Call[]): string | undefined {
  const last = calls.at(-1);
  if (last === undefined) return undefined;
  const same = calls.slice(-SAME);
  if (same.length === SAME && same.every((call) => isSame(call, last))) return `${last.name} ${SAME} times`;
  const failed = calls.slice(-SAME_ERROR);
  if (last.error !== undefined && failed.length === SAME_ERROR && failed.every(({ error }) => error === last.error))
    return `${last.name} ${SAME_ERROR} times`;
  const pairs = calls.slice(-ALTERNATING);
  if (pairs.length < ALTERNATING || !pairs.every((call, at) => isSame(call, pairs[at % 2]))) return undefined;
  return `${pairs[0]?.name ?? ""} and ${last.name} ${ALTERNATING / 2} times`;
}

function onToolPart(habit: Habit, part: ToolPart): { habit: Habit; repeated?: string | undefined } {
  const isFinished = part.state.status === "completed" || part.state.status === "error";
  if (!isFinished || habit.seen.has(part.id)) return { habit: { ...habit, saidSomething: true } };
  const calls = [...habit.calls, callOf(part, toolName(part))].slice(-ALTERNATING);
  const repeated = repetition(calls);
  const seen = new Set([...habit.seen, part.id].slice(-ALTERNATING * 4));
  return { habit: { ...habit, calls: repeated === undefined ? calls : [], saidSomething: true, seen }, repeated };
}

/** Takes in one part of a session; `repeated` names what was done again and again, once per hit. */
export function withHabit(habit: Habit, part: Part): { habit: Habit; repeated?: string | undefined } {
  if (isToolPart(part)) return onToolPart(habit, part);
  if (isWordsPart(part) && part.text.trim() !== "") return { habit: { ...habit, saidSomething: true } };
  if (!isStepFinish(part) || habit.seen.has(part.id)) return { habit };
  const emptySteps = habit.saidSomething ? 0 : habit.emptySteps + 1;
  const isStuck = emptySteps >= EMPTY_STEPS;
  const seen = new Set([...habit.seen, part.id].slice(-ALTERNATING * 4));
  return {
    habit: { ...habit, emptySteps: isStuck ? 0 : emptySteps, saidSomething: false, seen },
    repeated: isStuck ? `steps without a word or a call ${EMPTY_STEPS} times` : undefined,
  };
}
