import type { CommandSpec, OptionSpec, PositionalSpec } from "./spec.ts";

function optionText({ names, arity, value }: OptionSpec): string {
  const label = value?.name ?? "";
  const suffix = { flag: "", value: ` <${label}>`, optional: `[=<${label}>]` }[arity];
  return `${names.join(", ")}${suffix}`;
}

function positionalText({ name, min, max }: PositionalSpec): string {
  const many = max > 1 ? "..." : "";
  return min === 0 ? `[<${name}>${many}]` : `<${name}>${many}`;
}

function usageOf(tool: string, spec: CommandSpec): string {
  const options = spec.options.length > 0 ? " [options]" : "";
  const dashes = spec.separator === "required" ? " --" : "";
  const words = [tool, ...spec.match, ...(spec.when ?? []).slice(0, 1)].join(" ");
  return `usage: ${words}${options}${dashes} ${spec.positionals.map(positionalText).join(" ")}`.trimEnd();
}

/** Usage of the rows that a word names, from the tables; without a word the list of commands. */
export function helpText(tool: string, table: readonly CommandSpec[], words: readonly string[]): string {
  const rows = table.filter(({ match }) => words.every((word, at) => match[at] === word));
  if ((words.length === 0 && table.length > 1) || rows.length === 0) {
    const names = [...new Set(table.map(({ match }) => match[0] ?? ""))].toSorted();
    return `Allowed commands of ${tool}: ${names.join(", ")}\nMore: ${tool} help <command>\n`;
  }
  return rows
    .map((row) => [usageOf(tool, row), ...row.options.map((option) => `  ${optionText(option)}`), ""].join("\n"))
    .join("\n");
}
