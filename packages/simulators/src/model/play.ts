/** What the scripted model answers: a pure function of the scenarios and the conversation so far. */
import type { Conversation } from "./conversation.ts";
import { type Call, type Condition, fit, type Scenario, type Turn } from "./grammar.ts";

interface ToolCall {
  name: string;
  args: Record<string, unknown>;
}

export interface Reply {
  scenario: string;
  turn: number;
  reasoning: string;
  text: string;
  calls: ToolCall[];
  finish: "stop" | "tool_calls" | "length" | "content_filter";
  fail?: Turn["fail"];
  stallMs: number;
}

export interface Stage {
  repos: string;
  worktrees: string;
  /** A short name that follows from session and message, so a repeated request gets the same one. */
  ulid: string;
}

type Values = Readonly<Record<string, string>>;
type Outcome = { kind: "at"; turn: Turn; values: Values } | { kind: "unexpected"; values: Values } | { kind: "over" };

const MAX_RESULT_CHARS = 600;

const fill = (template: string, values: Values) =>
  template.replace(/\{\{\s*(\w+)\s*\}\}/g, (_, name: string) => values[name] ?? `{{${name}}}`);

function fillDeep(value: unknown, values: Values): unknown {
  if (typeof value === "string") return fill(value, values);
  if (Array.isArray(value)) return value.map((item) => fillDeep(item, values));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fillDeep(item, values)]));
}

const isIn = (pattern: string | undefined, text: string) => pattern === undefined || fit(pattern, text) !== undefined;

function holds(condition: Condition, conversation: Conversation): boolean {
  const { user, earlier, system, followUp } = condition;
  if (followUp !== undefined && followUp !== conversation.isFollowUp) return false;
  return isIn(user, conversation.said) && isIn(earlier, conversation.earlier) && isIn(system, conversation.system);
}

const matches = ({ when = [{}] }: Scenario, conversation: Conversation) =>
  when.some((condition) => holds(condition, conversation));

function firstValues({ vars = {} }: Scenario, conversation: Conversation, stage: Stage): Values {
  const { place, said } = conversation;
  let values: Values = { ...stage, said, channel: place?.channel ?? "", thread: place?.thread ?? "", lastResult: "" };
  for (const [name, source] of Object.entries(vars)) {
    const value =
      typeof source === "string" ? fill(source, values) : (fit(source.user, said)?.taken ?? fill(source.or, values));
    values = { ...values, [name]: value };
  }
  return values;
}

function isMet({ expect = {} }: Turn, results: string): boolean {
  const { match, not } = expect;
  if (match !== undefined && fit(match, results) === undefined) return false;
  return not === undefined || fit(not, results) === undefined;
}

function captured({ capture = {} }: Turn, results: string): Values {
  const entries = Object.entries(capture);
  return Object.fromEntries(entries.map(([name, pattern]) => [name, fit(pattern, results)?.taken ?? ""]));
}

/** Walks the turns already played, so that captures and expectations hold after a restart as before it. */
function walk(scenario: Scenario, { steps }: Conversation, start: Values): Outcome {
  let values = start;
  for (const [at, turn] of scenario.turns.entries()) {
    const results = (steps[at - 1]?.results ?? []).join("\n");
    values = { ...values, lastResult: results.slice(0, MAX_RESULT_CHARS) };
    if (!isMet(turn, results)) return { kind: "unexpected", values };
    values = { ...values, ...captured(turn, results) };
    if (at === steps.length) return { kind: "at", turn, values };
  }
  return { kind: "over" };
}

const bash = (command: string): ToolCall => ({
  name: "bash",
  args: { command, description: (command.split("\n")[0] ?? "").slice(0, 80) },
});

function slackPost(text: string, { channel = "", thread = "" }: Values): ToolCall {
  return bash(
    `slack-post-message --channel ${channel} --thread-ts ${thread} <<'END_OF_MESSAGE'\n${text}\nEND_OF_MESSAGE`,
  );
}

function toolCall(call: Call, values: Values): ToolCall {
  const [name, given] = Object.entries(call)[0] ?? ["bash", "true"];
  const args = fillDeep(given, values);
  if (typeof args !== "string") return { name, args: { ...(typeof args === "object" ? args : {}) } };
  if (name === "slack") return slackPost(args, values);
  if (name === "bash") return bash(args);
  return bash(`${name} ${args}`);
}

/** The edit as whichever tool the request offers. */
function editCall(edit: NonNullable<Turn["edit"]>, values: Values, tools: ReadonlySet<string>): ToolCall {
  const [file, find, replace] = [fill(edit.file, values), fill(edit.find, values), fill(edit.replace, values)];
  if (tools.has("apply_patch") && !tools.has("edit")) {
    const patchText = `*** Begin Patch\n*** Update File: ${file}\n@@\n-${find}\n+${replace}\n*** End Patch`;
    return { name: "apply_patch", args: { patchText } };
  }
  return { name: "edit", args: { filePath: file, oldString: find, newString: replace } };
}

/** A last word without a tool call. */
export function plain(scenario: string, text: string): Reply {
  return { scenario, turn: -1, reasoning: "", text, calls: [], finish: "stop", stallMs: 0 };
}

function played(turn: Turn, values: Values, tools: ReadonlySet<string>): Omit<Reply, "scenario" | "turn"> {
  const calls = [
    ...(turn.call ?? []).map((call) => toolCall(call, values)),
    ...(turn.edit === undefined ? [] : [editCall(turn.edit, values, tools)]),
  ];
  return {
    reasoning: fill(turn.think ?? "", values),
    text: fill(turn.say ?? "", values),
    calls,
    finish: turn.finish ?? (calls.length > 0 ? "tool_calls" : "stop"),
    ...(turn.fail === undefined ? {} : { fail: turn.fail }),
    stallMs: (turn.stall ?? 0) * 1000,
  };
}

/** What house rules answer without any scenario: titles, summaries and compaction. */
export function houseAnswer({ system, user, tools }: Conversation): string | undefined {
  if (/title generator/i.test(system) || (tools.size === 0 && /\btitle\b/i.test(system.slice(0, 400))))
    return "Work on the demo";
  if (tools.size === 0 && /summar|compact/i.test(`${system.slice(0, 800)}\n${user.slice(-800)}`))
    return "Summary: the work so far was done as asked; the thread holds the details.";
  return undefined;
}

/** The answer to a conversation; undefined when no scenario fits. */
export function play(scenarios: readonly Scenario[], conversation: Conversation, stage: Stage): Reply | undefined {
  const scenario = scenarios.find((candidate) => matches(candidate, conversation));
  if (scenario === undefined) return undefined;
  const outcome = walk(scenario, conversation, firstValues(scenario, conversation, stage));
  switch (outcome.kind) {
    case "at":
      return {
        scenario: scenario.scenario,
        turn: conversation.steps.length,
        ...played(outcome.turn, outcome.values, conversation.tools),
      };
    case "unexpected":
      return plain(
        scenario.scenario,
        fill(scenario.otherwise?.say ?? "That did not go as I expected: {{lastResult}}", outcome.values),
      );
    case "over":
      return plain(scenario.scenario, "Done.");
  }
}
