/** Commands that look at trees, files and names. Options that name a file, a program or standard input stand in no row. */
import {
  afterDashes,
  any,
  command,
  flags,
  lists,
  maybe,
  one,
  optionals,
  separate,
  some,
  values,
  numeric,
  ordered,
  counted,
} from "../../grammar/rows.ts";
import type { Command, Shaped } from "../../grammar/spec.ts";
import { atomFormat } from "../../grammar/validate/format.ts";
import { lineRange, path, pathspec } from "../../grammar/validate/path.ts";
import { ref, refGlob, rev } from "../../grammar/validate/ref.ts";
import { among, date, int, regex, similarity, sortKey, text, word } from "../../grammar/validate/text.ts";
import { spreadNegation } from "../shapes.ts";
import { REF_FILTERS } from "./groups.ts";
import { HISTORY_COMMANDS } from "./history.ts";

const count = int(0, 1_000_000);
const paths = afterDashes(any("path", pathspec));

/** grep reads its pattern from the first word unless -e gave it; it is always rendered as -e. */
function grepPattern(given: Command): Shaped {
  if (given.options.some(({ name }) => name === "-e")) return { kind: "ok", command: given };
  const [pattern, ...positionals] = given.positionals;
  if (pattern === undefined) return { kind: "bad", reason: "<pattern> is missing" };
  const options = [...given.options, { name: "-e", value: pattern, after: 0 }];
  return { kind: "ok", command: { ...given, options, positionals } };
}

const GREP = [
  ...flags(`-n|--line-number -i|--ignore-case -w|--word-regexp -v|--invert-match -a|--text -I -E|--extended-regexp
    -G|--basic-regexp -F|--fixed-strings -P|--perl-regexp -l|--files-with-matches|--name-only -L|--files-without-match
    -c|--count -o|--only-matching -h -H -z|--null -q|--quiet -p|--show-function -W|--function-context -r|--recursive
    --cached --untracked --exclude-standard --no-exclude-standard --full-name --column --heading --break --all-match`),
  ...values("--max-depth", int(0, 1000)),
  ...optionals("--color", among("always never auto")),
  ...values("-A|--after-context -B|--before-context", count),
  ...numeric(values("-C|--context", count)),
  ...values("-m|--max-count", count),
  ...values("--threads", int(1, 8)),
  ...ordered(flags("--and --or --not ( )")),
  ...ordered(separate(lists("-e", regex))),
];

const FILES = [
  command("blame", {
    options: [
      ...lists("-L", lineRange),
      ...flags(
        "-w -e|--show-email -s -l -t -p|--porcelain -c -b -f|--show-name -n|--show-number --line-porcelain --incremental --root --show-stats --minimal --first-parent --reverse",
      ),
      ...optionals("-M", similarity),
      ...optionals("-C", similarity).map((option) => ({ ...option, repeat: "list" as const })),
      ...values("--abbrev", int(4, 64)),
      ...lists("--ignore-rev", rev),
      ...values("--since", date),
      ...values("--date", text(100)),
    ],
    positionals: [maybe("rev", rev), afterDashes(one("path", path))],
    separator: "optional",
    facts: ["linked"],
    fixed: ["--no-textconv"],
  }),
  command("grep", {
    options: GREP,
    positionals: [any("pattern or rev", text(1024)), paths],
    separator: "optional",
    fixed: ["--no-textconv"],
    facts: ["linked"],
    shape: grepPattern,
  }),
  command("ls-files", {
    options: [
      ...flags(`-c|--cached -d|--deleted -m|--modified -o|--others -i|--ignored -s|--stage -u|--unmerged -t -v -k|--killed
        -z --directory --no-empty-directory --eol --exclude-standard --full-name --error-unmatch --deduplicate
        --resolve-undo`),
      ...values("--with-tree", rev),
      ...values("--abbrev", int(4, 64)),
      ...values("--format", atomFormat),
      ...lists("-x|--exclude", text(256, "pattern")),
    ],
    positionals: [paths],
    separator: "optional",
    facts: ["nested"],
  }),
  command("ls-tree", {
    options: [
      ...flags("-r -d -t -l|--long -z --name-only --name-status --object-only --full-name --full-tree"),
      ...values("--abbrev", int(4, 64)),
      ...values("--format", atomFormat),
    ],
    positionals: [one("rev", rev), afterDashes(any("path", path))],
    separator: "optional",
    isSeparatorRendered: false,
    eoo: true,
  }),
  command("cat-file", {
    id: "cat-file.batch",
    when: ["--batch-all-objects"],
    options: [...optionals("--batch-check", atomFormat), ...flags("--batch-all-objects --unordered --use-mailmap")],
    rules: [{ kind: "exactlyOne", of: ["--batch-check"] }],
  }),
  command("cat-file", {
    options: flags("-t -s -e -p --use-mailmap"),
    positionals: [some("type and rev", rev, 2)],
    eoo: true,
    rules: [{ kind: "conflict", of: ["-t", "-s", "-e", "-p"] }],
    shape: catFileShape,
  }),
  command("status", {
    options: [
      ...flags("--short|-s --branch|-b -z --long --show-stash --ahead-behind --no-ahead-behind --no-renames"),
      ...counted(flags("--verbose|-v")),
      ...optionals("--untracked-files|-u", among("no normal all")),
      ...optionals("--porcelain", among("v1 v2 1 2")),
      ...optionals("--ignored", among("traditional no matching")),
      ...optionals("--find-renames", similarity),
    ],
    positionals: [paths],
    separator: "optional",
    fixed: ["--ignore-submodules=all"],
    facts: ["nested"],
  }),
  command("check-ignore", {
    options: flags("-v|--verbose -q|--quiet -n|--non-matching --no-index"),
    positionals: [afterDashes(some("path", path))],
    separator: "optional",
  }),
  command("count-objects", { options: flags("-v|--verbose -H|--human-readable") }),
];

/** Either one question and an object, or the word for a type and an object. */
function catFileShape(given: Command): Shaped {
  const questions = given.options.filter(({ name }) => name !== "--use-mailmap").length;
  const [first = ""] = given.positionals;
  const isTyped = given.positionals.length === 2 && ["blob", "tree", "commit", "tag"].includes(first);
  const fits = questions === 1 ? given.positionals.length === 1 : isTyped;
  return fits
    ? { kind: "ok", command: given }
    : { kind: "bad", reason: "exactly one of -t -s -e -p or a type word, and one object, are needed" };
}

const NAMES = [
  command("rev-parse", {
    id: "rev-parse.verify",
    when: ["--verify"],
    options: [
      ...flags("--verify -q|--quiet --symbolic --symbolic-full-name"),
      ...optionals("--abbrev-ref", among("strict loose")),
      ...optionals("--short", int(4, 64)),
    ],
    positionals: [one("rev", rev)],
    eoo: true,
  }),
  command("rev-parse", {
    options: [
      ...flags(`--show-toplevel --show-prefix --show-cdup --git-dir --absolute-git-dir --git-common-dir
        --is-inside-work-tree --is-inside-git-dir --is-bare-repository --is-shallow-repository
        --show-superproject-working-tree --show-object-format -q|--quiet --symbolic --symbolic-full-name --revs-only
        --no-revs`),
      ...optionals("--abbrev-ref", among("strict loose")),
      ...optionals("--short", int(4, 64)),
      ...ordered(flags("--all --not")),
      ...ordered(optionals("--branches --tags --remotes", refGlob)),
      ...ordered(values("--glob --exclude --disambiguate", refGlob)),
      ...values("--since --until", date),
    ],
    positionals: [any("rev", rev)],
    shape: spreadNegation,
  }),
  command("for-each-ref", {
    options: [
      ...values("--count", count),
      ...values("--format", atomFormat),
      ...lists("--sort", sortKey),
      ...REF_FILTERS,
    ],
    positionals: [any("pattern", refGlob)],
    eoo: true,
  }),
  command("show-ref", {
    options: [
      ...flags("--heads --tags --head -d|--dereference -s --verify -q|--quiet"),
      ...optionals("--hash --abbrev", int(4, 64)),
    ],
    positionals: [any("pattern", refGlob)],
    eoo: true,
  }),
  command("merge-base", {
    id: "merge-base.ancestor",
    when: ["--is-ancestor"],
    options: flags("--is-ancestor"),
    positionals: [one("rev", rev), one("rev", rev)],
    eoo: true,
  }),
  command("merge-base", {
    id: "merge-base.fork",
    when: ["--fork-point"],
    options: flags("--fork-point"),
    positionals: [one("ref", ref), maybe("rev", rev)],
    eoo: true,
  }),
  command("merge-base", {
    options: flags("-a|--all --octopus --independent"),
    positionals: [one("rev", rev), some("rev", rev)],
    rules: [{ kind: "conflict", of: ["--octopus", "--independent"] }],
    eoo: true,
  }),
  command("describe", {
    options: [
      ...flags("--all --tags --contains --long --first-parent --exact-match --always"),
      ...values("--abbrev", int(0, 64)),
      ...values("--candidates", int(0, 1000)),
      ...lists("--match --exclude", refGlob),
    ],
    positionals: [any("rev", rev)],
    eoo: true,
    facts: ["nested"],
  }),
  command("name-rev", {
    options: [...flags("--name-only --tags --all --always --no-undefined"), ...lists("--refs --exclude", refGlob)],
    positionals: [any("rev", rev)],
    eoo: true,
  }),
  command("check-ref-format", {
    options: flags("--branch --normalize --allow-onelevel --refspec-pattern"),
    positionals: [one("name", word)],
  }),
  command("version", { where: "roots" }),
];

export const READ_COMMANDS = [...HISTORY_COMMANDS, ...FILES, ...NAMES];
