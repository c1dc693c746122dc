/** Options that several git commands share. */
import { defaulting, flags, lists, numeric, omitted, optionals, ordered, values } from "../../grammar/rows.ts";
import { prettyFormat } from "../../grammar/validate/format.ts";
import { path } from "../../grammar/validate/path.ts";
import { refGlob, rev } from "../../grammar/validate/ref.ts";
import { among, date, int, regex, similarity, text, word } from "../../grammar/validate/text.ts";

const count = int(0, 1_000_000);

/** Which commits are walked. What selects or negates refs keeps its order, because git reads it in order. */
export const WALK = [
  ...flags(`--first-parent --merges --no-merges --reverse --topo-order --date-order --author-date-order --boundary
    --left-right --left-only --right-only --cherry --cherry-pick --cherry-mark --ancestry-path --full-history
    --simplify-merges --simplify-by-decoration --dense --sparse --show-pulls --remove-empty --no-walk
    --walk-reflogs|-g --merge --all-match --invert-grep --regexp-ignore-case|-i --extended-regexp|-E
    --fixed-strings|-F --perl-regexp|-P`),
  ...values("--min-parents --max-parents", int(0, 99)),
  ...lists("--author --committer --grep --grep-reflog", regex),
  ...values("--since|--after --until|--before --since-as-filter", date),
  ...numeric(values("--max-count|-n", count)),
  ...values("--skip", count),
  ...ordered(flags("--all --not")),
  ...ordered(optionals("--branches --tags --remotes", refGlob)),
  ...ordered(values("--glob --exclude", refGlob)),
];

/** How a commit is printed. */
export const PRETTY = [
  ...flags(`--oneline --abbrev-commit --no-abbrev-commit --no-abbrev --relative-date --no-decorate --clear-decorations
    --graph --source --use-mailmap|--mailmap --no-mailmap --no-notes --parents --children --log-size --no-expand-tabs
    --show-linear-break`),
  ...optionals("--pretty", prettyFormat),
  ...values("--format", prettyFormat),
  ...optionals("--abbrev", int(4, 64)),
  ...values("--date", text(100)),
  ...values("--encoding", among("UTF-8 utf-8")),
  ...optionals("--decorate", among("short full auto no")),
  ...lists("--decorate-refs --decorate-refs-exclude", refGlob),
  ...optionals("--notes", refGlob),
  ...optionals("--expand-tabs", int(0, 100)),
];

/** How a difference is found and shown. */
export const DIFF = [
  ...flags(`--patch|-p|-u --no-patch|-s --raw --shortstat --numstat --summary --compact-summary --name-only
    --name-status --check --full-index --binary --function-context|-W --ignore-all-space|-w --ignore-space-change|-b
    --ignore-space-at-eol --ignore-cr-at-eol --ignore-blank-lines --minimal --patience --histogram --indent-heuristic
    --no-indent-heuristic --no-color --no-color-moved --find-copies-harder --no-renames --irreversible-delete|-D
    --pickaxe-regex --pickaxe-all -R --no-relative --text|-a -z --no-prefix --exit-code --quiet -t -m -c --cc
    --no-diff-merges --combined-all-paths --ita-invisible-in-index`),
  ...optionals("--stat --dirstat", word),
  ...values("--stat-width --stat-name-width --stat-count --inter-hunk-context", count),
  ...values("--unified|-U", count),
  ...values("--diff-algorithm", among("default myers minimal patience histogram")),
  ...values("--anchored --word-diff-regex", regex),
  ...optionals("--word-diff", among("color plain porcelain none")),
  ...optionals("--color-words", regex),
  ...optionals("--color", among("always never auto")),
  ...optionals("--color-moved", among("no default plain blocks zebra dimmed-zebra")),
  ...optionals("--find-renames|-M --find-copies|-C --break-rewrites|-B", similarity),
  ...values("-l", count),
  ...values("--diff-filter --ws-error-highlight --diff-merges", word),
  ...values("-S -G", regex),
  ...values("--src-prefix --dst-prefix", text(100)),
  ...optionals("--relative", path),
  ...values("--skip-to --rotate-to", path),
  ...omitted(optionals("--ignore-submodules", among("none untracked dirty all"))),
  ...values("--output-indicator-new --output-indicator-old --output-indicator-context", text(1)),
];

/** Refs by what they hold, for lists of branches and tags. */
export const REF_FILTERS = [
  ...defaulting(lists("--contains --no-contains --merged --no-merged --points-at", rev), "HEAD"),
  ...flags("--ignore-case|-i"),
  ...optionals("--color", among("always never auto")),
];

/** Carried by everything that prints a difference: nothing of the repository's choosing is started. */
export const SAFE_DIFF = ["--no-ext-diff", "--no-textconv", "--submodule=short", "--ignore-submodules=all"];
