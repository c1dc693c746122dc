/** scoutqa: test runs against a public page. */
import { command, values } from "../grammar/rows.ts";
import type { CommandSpec } from "../grammar/spec.ts";
import { httpUrl, int, matching, prose } from "../grammar/validate/text.ts";
import type { Tool } from "../grammar/words.ts";

const id = values("--execution-id", matching("id", /^[A-Za-z0-9_-]{1,128}$/));
const prompt = values("--prompt", prose(8192));
const needed = (...names: string[]) => names.map((name) => ({ kind: "exactlyOne" as const, of: [name] }));
const row = (match: string, options: CommandSpec["options"], rules: CommandSpec["rules"]) =>
  command(match, { options, rules, effect: "net-write", class: "scoutqa" });

export const SCOUTQA: Tool = {
  name: "scoutqa",
  advise: () => undefined,
  table: [
    row("create-execution", [...values("--url", httpUrl), ...prompt], needed("--url", "--prompt")),
    row("send-message", [...id, ...prompt], needed("--execution-id", "--prompt")),
    row("complete-execution", id, needed("--execution-id")),
    row("list-executions", values("--limit", int(1, 100)), []),
    row("auth status", [], []),
  ],
};
