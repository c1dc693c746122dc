/** Searches; each is kept to the repository of the working directory, repositories to its owner. */
import { any, command, flags, lists, values } from "../../grammar/rows.ts";
import type { CommandSpec } from "../../grammar/spec.ts";
import { branch } from "../../grammar/validate/ref.ts";
import { among, int, matching, word } from "../../grammar/validate/text.ts";
import { label, login, searchText } from "../values.ts";
import { JSON_OUTPUT, READ } from "./groups.ts";

const range = matching("number or range", /^(>|>=|<|<=|=)?\d{1,9}$|^(\d{1,9}|\*)\.\.(\d{1,9}|\*)$/);
const dateRange = matching("date or range", /^(>|>=|<|<=|=)?[0-9TZ:+.*-]{1,60}$/);

const COMMON = [
  ...values("--limit|-L", int(1, 200)),
  ...values("--order", among("asc desc")),
  ...values("--sort", word),
  ...values("--language", word),
  ...lists("--match", word),
  ...lists("--visibility", among("public private internal")),
  ...JSON_OUTPUT,
];
const THREADS = [
  ...COMMON,
  ...flags("--archived --locked --no-assignee --no-label --no-milestone --no-project"),
  ...values("--app --assignee --author --commenter --involves --mentions", login),
  ...values("--team-mentions", word),
  ...values("--closed --created --updated", dateRange),
  ...values("--comments --interactions --reactions", range),
  ...lists("--label", label),
  ...values("--milestone", label),
  ...values("--state", among("open closed")),
];
const keywords = { positionals: [any("words", searchText)], separator: "none", ...READ } as const;

export const SEARCH_COMMANDS: readonly CommandSpec[] = [
  command("search issues", { options: [...THREADS, ...flags("--include-prs")], ...keywords }),
  command("search prs", {
    options: [
      ...THREADS,
      ...values("--base|-B --head|-H", branch),
      ...values("--checks", among("pending success failure")),
      ...flags("--draft --merged"),
      ...values("--merged-at", dateRange),
      ...values("--review", among("none required approved changes_requested")),
      ...values("--review-requested --reviewed-by", login),
    ],
    ...keywords,
  }),
  command("search code", {
    options: [
      ...values("--limit|-L", int(1, 200)),
      ...values("--extension --filename --language --size", word),
      ...lists("--match", among("file path")),
      ...JSON_OUTPUT,
    ],
    ...keywords,
  }),
  command("search repos", {
    options: [
      ...COMMON,
      ...flags("--archived"),
      ...values("--created --updated", dateRange),
      ...values("--followers --forks --good-first-issues --help-wanted-issues --number-topics --size --stars", range),
      ...values("--include-forks", among("false true only")),
      ...lists("--license --topic", word),
    ],
    ...keywords,
  }),
];
