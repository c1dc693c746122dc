/** What the agent may look at on the git host. */
import { command, flags, lists, maybe, one, values } from "../../grammar/rows.ts";
import type { CommandSpec } from "../../grammar/spec.ts";
import { branch } from "../../grammar/validate/ref.ts";
import { among, int, text, word } from "../../grammar/validate/text.ts";
import {
  apiPath,
  fields,
  label,
  login,
  moment,
  number,
  program,
  runId,
  searchText,
  selector,
  sha,
  workflow,
} from "../values.ts";
import { JSON_OUTPUT, READ } from "./groups.ts";
import { SEARCH_COMMANDS } from "./search.ts";

const limit = values("--limit|-L", int(1, 1000));
const refName = text(200, "name");

const PULLS = [
  command("pr list", {
    options: [
      ...values("--state|-s", among("open closed merged all")),
      ...limit,
      ...values("--base|-B --head|-H", branch),
      ...lists("--label|-l", label),
      ...values("--author|-A --app --assignee|-a", login),
      ...values("--search|-S", searchText),
      ...flags("--draft|-d"),
      ...JSON_OUTPUT,
    ],
    ...READ,
  }),
  command("pr view", {
    options: [...flags("--comments|-c"), ...JSON_OUTPUT],
    positionals: [maybe("pull request", selector)],
    ...READ,
  }),
  command("pr checks", {
    id: "pr.checks.json",
    when: ["--json"],
    options: values("--json", fields),
    positionals: [one("number", number)],
    ...READ,
  }),
  command("pr checks", {
    id: "pr.checks.watch",
    when: ["--watch"],
    options: [...flags("--watch --fail-fast --required"), ...values("--interval|-i", int(5, 300))],
    positionals: [maybe("pull request", selector)],
    ...READ,
    class: "watch",
  }),
  command("pr checks", {
    options: flags("--required"),
    positionals: [maybe("pull request", selector)],
    ...READ,
  }),
  command("pr diff", {
    options: [...values("--color", among("always never auto")), ...flags("--patch --name-only")],
    positionals: [maybe("pull request", selector)],
    ...READ,
  }),
  command("pr status", { options: [...flags("--conflict-status|-c"), ...JSON_OUTPUT], ...READ }),
];

const ISSUES = [
  command("issue view", {
    options: [...flags("--comments|-c"), ...JSON_OUTPUT],
    positionals: [one("number", number)],
    ...READ,
  }),
  command("issue list", {
    options: [
      ...values("--state|-s", among("open closed all")),
      ...limit,
      ...lists("--label|-l", label),
      ...values("--author|-A --app --assignee|-a --mention", login),
      ...values("--milestone|-m", label),
      ...values("--search|-S", searchText),
      ...JSON_OUTPUT,
    ],
    ...READ,
  }),
  command("label list", {
    options: [
      ...limit,
      ...values("--search|-S", searchText),
      ...values("--order", among("asc desc")),
      ...values("--sort", among("created name")),
      ...JSON_OUTPUT,
    ],
    ...READ,
  }),
];

const REPOSITORY = [
  command("auth status", READ),
  command("api", {
    options: [...flags("--include|-i --silent --paginate --slurp"), ...values("--jq|-q --template|-t", program)],
    positionals: [one("path", apiPath)],
    ...READ,
  }),
  command("release list", {
    options: [
      ...limit,
      ...flags("--exclude-drafts --exclude-pre-releases"),
      ...values("--order|-O", among("asc desc")),
      ...JSON_OUTPUT,
    ],
    ...READ,
  }),
  command("release view", { options: JSON_OUTPUT, positionals: [one("tag", branch)], ...READ }),
  command("repo view", {
    options: [...values("--branch|-b", branch), ...JSON_OUTPUT],
    positionals: [maybe("owner/repo", refName)],
    ...READ,
  }),
  command("cache list", {
    options: [
      ...limit,
      ...values("--order|-O", among("asc desc")),
      ...values("--sort|-S", among("created_at last_accessed_at size_in_bytes")),
      ...values("--key|-k --ref|-r", refName),
      ...JSON_OUTPUT,
    ],
    ...READ,
  }),
];

const ACTIONS = [
  command("run list", {
    options: [
      ...limit,
      ...values("--workflow|-w", workflow),
      ...values("--branch|-b", branch),
      ...values("--user|-u", login),
      ...values("--event|-e --status|-s", word),
      ...values("--created", moment),
      ...values("--commit|-c", sha),
      ...flags("--all|-a"),
      ...JSON_OUTPUT,
    ],
    ...READ,
  }),
  command("run view", {
    options: [
      ...flags("--verbose|-v --exit-status --log --log-failed"),
      ...values("--job|-j", runId),
      ...values("--attempt|-a", int(1, 1000)),
      ...JSON_OUTPUT,
    ],
    positionals: [one("run", runId)],
    ...READ,
  }),
  command("run watch", {
    options: [...flags("--exit-status --compact"), ...values("--interval|-i", int(3, 300))],
    positionals: [one("run", runId)],
    ...READ,
    class: "watch",
  }),
  command("workflow list", { options: [...flags("--all|-a"), ...limit, ...JSON_OUTPUT], ...READ }),
  command("workflow view", {
    options: [...flags("--yaml|-y"), ...values("--ref|-r", branch)],
    positionals: [one("workflow", workflow)],
    ...READ,
  }),
];

export const READ_COMMANDS: readonly CommandSpec[] = [
  ...PULLS,
  ...ISSUES,
  ...REPOSITORY,
  ...ACTIONS,
  ...SEARCH_COMMANDS,
];
