/** ldcli: lists and single objects of LaunchDarkly; nothing is changed and no other server is asked. */
import { renderCommand } from "../grammar/render.ts";
import { command, flags, lists, values } from "../grammar/rows.ts";
import { hasOption, type Command, type CommandSpec } from "../grammar/spec.ts";
import { among, int, matching, text } from "../grammar/validate/text.ts";
import type { Tool } from "../grammar/words.ts";

const key = matching("key", /^[A-Za-z0-9._-]{1,256}$/);
const words = text(500);

const PRINTED = [
  ...values("--output|-o", among("json plaintext markdown")),
  ...flags("--json"),
  ...values("--fields", words),
];
const PAGED = [...values("--limit --offset", int(0, 10_000)), ...values("--filter --sort --expand", words)];
const PROJECT = values("--project", key);
const ENVIRONMENT = values("--environment", key);

const needed = (...names: string[]) => names.map((name) => ({ kind: "exactlyOne" as const, of: [name] }));
const row = (match: string, options: CommandSpec["options"], rules: CommandSpec["rules"]) =>
  command(match, { options: [...options, ...PRINTED], rules, effect: "net-read", class: "ldcli" });

export const LDCLI: Tool = {
  name: "ldcli",
  advise: (args) =>
    args[1] === "list" || args[1] === "get" ? undefined : { reason: "only list and get are available" },
  table: [
    row(
      "flags list",
      [...PROJECT, ...lists("--env", key), ...values("--tag", key), ...flags("--summary"), ...PAGED],
      needed("--project"),
    ),
    row(
      "flags get",
      [...PROJECT, ...values("--flag", key), ...lists("--env", key), ...values("--expand", words)],
      needed("--project", "--flag"),
    ),
    row("environments list", [...PROJECT, ...PAGED], needed("--project")),
    row("environments get", [...PROJECT, ...ENVIRONMENT], needed("--project", "--environment")),
    row("projects list", PAGED, []),
    row("projects get", [...PROJECT, ...values("--expand", words)], needed("--project")),
    row("segments list", [...PROJECT, ...ENVIRONMENT, ...PAGED], needed("--project", "--environment")),
    row(
      "segments get",
      [...PROJECT, ...ENVIRONMENT, ...values("--segment", key)],
      needed("--project", "--environment", "--segment"),
    ),
    row("metrics list", [...PROJECT, ...PAGED], needed("--project")),
  ],
};

/** The words that run; JSON is asked for unless another form is. */
export function ldcliArgv(given: Command): string[] {
  const isChosen = hasOption(given, "--output") || hasOption(given, "--json");
  return [...renderCommand(given), ...(isChosen ? [] : ["--output", "json"])];
}
