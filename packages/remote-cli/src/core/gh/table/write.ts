/** What the agent may change on the git host: proposals and comments; decisions are people's. */
import { command, flags, lists, maybe, one, values } from "../../grammar/rows.ts";
import type { CommandSpec } from "../../grammar/spec.ts";
import { path } from "../../grammar/validate/path.ts";
import { branch } from "../../grammar/validate/ref.ts";
import { among } from "../../grammar/validate/text.ts";
import { input, label, login, number, runId, selector, title, workflow } from "../values.ts";
import { WRITE } from "./groups.ts";

const body = values("--body-file", among("-"));
const needed = (...names: string[]) => names.map((name) => ({ kind: "exactlyOne" as const, of: [name] }));
const prose = { ...WRITE, stdin: "body" } as const;

/** One milestone and one parent at most, of which each is one. */
const ISSUE_OPTIONS = [
  ...values("--title|-t", title),
  ...body,
  ...lists("--label|-l", label),
  ...lists("--assignee|-a", login),
  ...values("--milestone|-m", label),
  ...values("--parent", number),
];

export const WRITE_COMMANDS: readonly CommandSpec[] = [
  command("pr create", {
    options: [
      ...values("--title|-t", title),
      ...body,
      ...flags("--draft|-d"),
      ...values("--base|-B --head|-H", branch),
      ...lists("--label|-l", label),
      ...lists("--assignee|-a --reviewer|-r", login),
    ],
    rules: needed("--title", "--body-file"),
    ...prose,
  }),
  ...["pr comment", "issue comment"].map((match) =>
    command(match, { options: body, rules: needed("--body-file"), positionals: [one("number", number)], ...prose }),
  ),
  command("pr review", {
    options: [...flags("--comment|-c --request-changes|-r"), ...body],
    rules: [...needed("--body-file"), { kind: "exactlyOne", of: ["--comment", "--request-changes"] }],
    positionals: [maybe("pull request", selector)],
    ...prose,
  }),
  command("issue create", {
    tier: "ask",
    options: ISSUE_OPTIONS,
    rules: needed("--title", "--body-file"),
    ...prose,
  }),
  command("run rerun", { options: flags("--failed --debug|-d"), positionals: [one("run", runId)], ...WRITE }),
  command("run download", {
    options: [...values("--dir|-D", path), ...lists("--name|-n --pattern|-p", label)],
    rules: needed("--dir"),
    positionals: [one("run", runId)],
    ...WRITE,
    effect: "net-read",
    class: "download",
  }),
  command("workflow run", {
    options: [...values("--ref|-r", branch), ...lists("--raw-field|-f|--field|-F", input)],
    positionals: [one("workflow", workflow)],
    ...WRITE,
  }),
];
