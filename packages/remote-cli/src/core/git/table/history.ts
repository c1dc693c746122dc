/** Commands that walk or compare history. */
import {
  afterDashes,
  any,
  command,
  flags,
  lists,
  maybe,
  numeric,
  one,
  optionals,
  some,
  values,
} from "../../grammar/rows.ts";
import { hasOption } from "../../grammar/spec.ts";
import { prettyFormat } from "../../grammar/validate/format.ts";
import { lineRange, pathspec, revOrPath } from "../../grammar/validate/path.ts";
import { ref, refGlob, rev } from "../../grammar/validate/ref.ts";
import { among, int, matching } from "../../grammar/validate/text.ts";
import { spreadNegation } from "../shapes.ts";
import { DIFF, PRETTY, SAFE_DIFF, WALK } from "./groups.ts";

const count = int(0, 1_000_000);
const paths = afterDashes(any("path", pathspec));
const history = { separator: "optional", eoo: true } as const;
const diffed = { ...history, fixed: SAFE_DIFF } as const;

const REF_CHOICES = new Set(["--all", "--branches", "--tags", "--remotes", "--glob"]);

/** Without a revision git would read a log from its input; `--not` alone turns nothing. */
const shortlogShape: typeof spreadNegation = (given) => {
  const hasRevision = given.positionals.length > 0 || given.options.some(({ name }) => REF_CHOICES.has(name));
  if (hasRevision) return spreadNegation(given);
  if (hasOption(given, "--not")) return { kind: "bad", reason: "--not needs a revision after it" };
  return { kind: "ok", command: { ...given, positionals: ["HEAD"] } };
};

export const HISTORY_COMMANDS = [
  command("log", {
    options: [...WALK, ...PRETTY, ...DIFF, ...flags("--follow"), ...lists("-L", lineRange)],
    positionals: [any("rev or path", revOrPath), paths],
    shape: spreadNegation,
    ...diffed,
  }),
  command("show", { options: [...PRETTY, ...DIFF, ...flags("-q")], positionals: [any("rev", rev), paths], ...diffed }),
  command("diff", {
    options: [...DIFF, ...flags("--cached|--staged --merge-base --ours --theirs --base -0 -1 -2 -3 -q")],
    positionals: [any("rev or path", revOrPath), paths],
    facts: ["nested"],
    ...diffed,
  }),
  command("diff-tree", {
    options: [...DIFF, ...PRETTY, ...flags("-r --root --no-commit-id --merge-base -v")],
    positionals: [some("rev", rev, 2), paths],
    ...diffed,
  }),
  command("rev-list", {
    options: [
      ...WALK,
      ...PRETTY,
      ...flags("--count --objects --timestamp --header --no-commit-header --no-object-names --disk-usage --quiet"),
    ],
    positionals: [any("rev", rev), paths],
    shape: spreadNegation,
    ...history,
  }),
  command("shortlog", {
    options: [
      ...WALK.filter(({ names }) => !names.some((name) => ["-n", "-e", "-c", "-w"].includes(name))),
      ...numeric(values("--max-count", count)),
      ...flags("-s|--summary -n|--numbered -e|--email -c|--committer"),
      ...lists("--group", matching("group", /^(author|committer|trailer:[A-Za-z-]+)$/)),
      ...values("--format", prettyFormat),
      ...optionals("-w", matching("n,n,n", /^[\d,]+$/)),
    ],
    positionals: [any("rev", rev), paths],
    shape: shortlogShape,
    ...history,
  }),
  command("reflog exists", { positionals: [one("ref", ref)], eoo: true }),
  command("reflog show", {
    options: [...WALK, ...PRETTY, ...DIFF],
    positionals: [maybe("ref", ref)],
    eoo: true,
    fixed: SAFE_DIFF,
  }),
  command("reflog", {
    options: [...WALK, ...PRETTY, ...DIFF],
    positionals: [maybe("ref", ref)],
    eoo: true,
    fixed: SAFE_DIFF,
  }),
  command("range-diff", {
    options: [
      ...DIFF,
      ...values("--creation-factor", int(0, 1000)),
      ...flags("--no-dual-color --left-only --right-only --no-notes"),
      ...optionals("--notes", refGlob),
    ],
    positionals: [some("range", rev, 3)],
    fixed: ["--no-ext-diff", "--no-textconv"],
  }),
  command("cherry", {
    options: [...flags("-v|--verbose"), ...optionals("--abbrev", int(4, 64))],
    positionals: [some("rev", rev, 3)],
    eoo: true,
  }),
  command("show-branch", {
    options: [
      ...flags(`-a|--all -r|--remotes --list --topo-order --date-order --no-name --sha1-name --merge-base --independent
        --current --topics --sparse`),
      ...values("--more", count),
      ...optionals("-g|--reflog", int(1, 100)),
      ...optionals("--color", among("always never auto")),
    ],
    positionals: [any("rev", rev)],
    eoo: true,
  }),
];
