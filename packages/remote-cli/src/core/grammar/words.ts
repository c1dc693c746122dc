/** The beginning of a call of a tool without options of its own: help, an answer, or the row that is meant. */
import type { Denial } from "../denial.ts";
import { helpText } from "./help.ts";
import { findCommand } from "./parse.ts";
import type { CommandSpec } from "./spec.ts";
import { nearestCommands } from "./suggest.ts";

export interface Tool {
  name: string;
  /** What the agent may run. */
  table: readonly CommandSpec[];
  /** Advice on words that no row has; without one the nearest rows are named. */
  advise: (args: readonly string[]) => Omit<Denial, "rule"> | undefined;
}
export type Words =
  | { kind: "command"; spec: CommandSpec; argv: readonly string[] }
  | { kind: "answer"; text: string }
  | ({ kind: "denied" } & Denial);

/** Whether nothing but help is asked. */
export const asksOnlyHelp = (args: readonly string[]) =>
  args.length === 1 && ["-h", "--help", "help"].includes(args[0] ?? "");

/** The words that help is asked about, or nothing when something else is asked. */
function helpWords(args: readonly string[]): readonly string[] | undefined {
  const [first, ...rest] = args;
  const last = args.at(-1);
  if (first === undefined || first === "--version") return rest.length === 0 ? [] : undefined;
  if (first === "help") return rest;
  if (last !== "--help" && last !== "-h") return undefined;
  const end = args.findIndex((word) => word.startsWith("-"));
  return args.slice(0, end);
}

/** Finds the row of a tool; `rows` may hold more than the agent's own. */
export function readWords(tool: Tool, args: readonly string[], rows = tool.table): Words {
  const help = helpWords(args);
  if (help !== undefined) return { kind: "answer", text: helpText(tool.name, tool.table, help) };
  const spec = findCommand(rows, args);
  if (spec !== undefined) return { kind: "command", spec, argv: args.slice(spec.match.length) };
  const near = nearestCommands(tool.table, args);
  const advice = tool.advise(args) ?? {
    reason: "it is not one of the allowed commands",
    instead: `nearest allowed: ${near.join(", ")}`,
  };
  return { kind: "denied", rule: "command.unknown", ...advice };
}
