/** Lists, and everything that changes a repository or talks to its host. Each accepts few shapes. */
import {
  afterDashes,
  any,
  command,
  counted,
  flags,
  lists,
  maybe,
  omitted,
  one,
  optionals,
  some,
  values,
} from "../../grammar/rows.ts";
import type { CommandSpec } from "../../grammar/spec.ts";
import { atomFormat } from "../../grammar/validate/format.ts";
import { path, pathspec } from "../../grammar/validate/path.ts";
import { branch, refGlob, rev, stashName } from "../../grammar/validate/ref.ts";
import { among, configKey, int, matching, prose, sortKey, text } from "../../grammar/validate/text.ts";
import { anyText, configShape, fetchShape, lsRemoteShape, pushShape, worktreeBranch } from "../shapes.ts";
import { DIFF, PRETTY, REF_FILTERS, SAFE_DIFF, WALK } from "./groups.ts";

const paths = (kind = pathspec) => afterDashes(some("path", kind));
const MAX_MESSAGE = 64 * 1024;

const listed = [
  ...lists("--sort", sortKey),
  ...values("--format", atomFormat),
  ...REF_FILTERS,
  ...omitted(flags("--list|-l")),
];

const LISTS = [
  command("stash list", { options: [...WALK, ...PRETTY, ...DIFF], fixed: SAFE_DIFF }),
  command("stash show", {
    options: [
      ...DIFF.filter(({ names }) => !names.includes("-u")),
      ...flags("--patch|-p -u|--include-untracked --only-untracked"),
    ],
    positionals: [maybe("stash", stashName)],
    fixed: ["--no-ext-diff", "--no-textconv", "--ignore-submodules=all"],
  }),
  command("branch", { id: "branch.current", when: ["--show-current"], options: flags("--show-current") }),
  command("branch", {
    options: [
      ...flags("-a|--all -r|--remotes"),
      ...counted(flags("--verbose|-v")),
      ...optionals("--abbrev", int(4, 64)),
      ...listed,
    ],
    positionals: [any("pattern", refGlob)],
    fixed: ["--list"],
    shape: anyText("--list", "patterns are only read after --list"),
    eoo: true,
  }),
  command("tag", {
    options: [...optionals("-n", int(0, 1000)), ...listed],
    positionals: [any("pattern", refGlob)],
    fixed: ["--list"],
    shape: anyText("--list", "patterns are only read after --list"),
    eoo: true,
  }),
  command("remote show", {
    effect: "net-read",
    positionals: [one("remote", among("origin"))],
    facts: ["origin"],
    class: "network",
  }),
  command("remote get-url", { positionals: [one("remote", among("origin"))] }),
  command("remote", { options: flags("--verbose|-v") }),
  command("config", {
    options: flags("--local --show-origin --show-scope --name-only --get --get-all --get-regexp --list|-l"),
    positionals: [maybe("key", configKey)],
    rules: [{ kind: "exactlyOne", of: ["--get", "--get-all", "--get-regexp", "--list"] }],
    shape: configShape,
  }),
  command("worktree list", { options: flags("--porcelain -v|--verbose -z"), where: "repo" }),
];

const index = { effect: "write", where: "worktree", lock: "index", facts: ["nested"] } as const;
const STRATEGY = among("ort recursive ours subtree");
const STRATEGY_OPTION = matching(
  "option",
  /^(ours|theirs|patience|histogram|minimal|diff-algorithm=(default|myers|minimal|patience|histogram)|ignore-space-change|ignore-all-space|ignore-space-at-eol|ignore-cr-at-eol|renormalize|no-renormalize|find-renames(=\d{1,3}%?)?|no-renames|subtree(=[A-Za-z0-9._/-]{1,200})?)$/,
);
const oneStep = (words: string) => [{ kind: "exactlyOne" as const, of: words.split(" ") }];

const MERGE = ["--no-edit", "--no-verify", "--no-gpg-sign", "--no-verify-signatures", "--no-autostash"];
const MERGE_STEPS = "--abort --continue --quit";
const REVERT_STEPS = "--abort --continue --skip --quit";

const LOCAL = [
  command("add", { id: "add.all", when: ["-A", "--all"], options: flags("-A|--all"), ...index }),
  command("add", { positionals: [paths()], separator: "optional", ...index }),
  command("restore", {
    options: [...flags("--staged|-S --worktree|-W --quiet|-q --ours --theirs"), ...values("--source|-s", rev)],
    positionals: [paths()],
    separator: "required",
    ...index,
  }),
  command("commit", {
    options: [...omitted(lists("-m|--message", prose(MAX_MESSAGE))), ...omitted(values("-F|--file", fileOrStdin()))],
    rules: [{ kind: "exactlyOne", of: ["-m", "-F"] }],
    fixed: ["--no-verify", "--no-gpg-sign", "--no-status", "-F", "-"],
    stdin: "message",
    ...index,
    facts: ["nested", "message"],
  }),
  command("merge", {
    id: "merge.step",
    when: MERGE_STEPS.split(" "),
    options: flags(MERGE_STEPS),
    rules: oneStep(MERGE_STEPS),
    ...index,
  }),
  command("merge", {
    options: [
      ...flags(
        "--no-ff --ff --ff-only --squash --no-commit --commit --stat --no-stat --no-log --allow-unrelated-histories --signoff --quiet|-q --verbose|-v",
      ),
      ...omitted(flags("--no-edit")),
      ...optionals("--log", int(1, 1000)),
      ...values("-m", prose(MAX_MESSAGE)),
      ...values("-s|--strategy", STRATEGY),
      ...lists("-X|--strategy-option", STRATEGY_OPTION),
    ],
    positionals: [maybe("rev", rev)],
    fixed: MERGE,
    eoo: true,
    ...index,
  }),
  command("revert", {
    id: "revert.step",
    when: REVERT_STEPS.split(" "),
    options: flags(REVERT_STEPS),
    rules: oneStep(REVERT_STEPS),
    ...index,
  }),
  command("revert", {
    options: [
      ...flags("--no-commit|-n --signoff|-s --reference"),
      ...omitted(flags("--no-edit")),
      ...values("-m|--mainline", int(1, 9)),
      ...values("--strategy", STRATEGY),
      ...lists("-X|--strategy-option", STRATEGY_OPTION),
    ],
    positionals: [some("rev", rev)],
    fixed: ["--no-edit", "--no-gpg-sign"],
    eoo: true,
    ...index,
  }),
];

/** The name of a file with the message, or `-` for the request's own text. */
function fileOrStdin() {
  return {
    name: "file",
    check: (given: string, place: { root: string; cwd: string }) =>
      given === "-" ? { kind: "ok" as const, value: given } : path.check(given, place),
  };
}

const refs = { effect: "write", lock: "refs" } as const;
const absolute = matching("absolute path", /^\/.+$/, 4096);

const WORKTREES = [
  command("worktree prune", { options: flags("-n|--dry-run -v|--verbose"), ...refs }),
  command("worktree remove", { positionals: [one("path", absolute)], eoo: true, facts: ["target"], ...refs }),
  command("worktree add", {
    id: "worktree.add.new",
    when: ["-b"],
    options: values("-b", branch).map((option) => ({ ...option, emit: "separate" as const })),
    positionals: [one("path", absolute), maybe("start", rev)],
    fixed: ["--no-track"],
    shape: worktreeBranch,
    eoo: true,
    facts: ["target"],
    ...refs,
  }),
  command("worktree add", {
    id: "worktree.add.detached",
    when: ["--detach"],
    options: flags("--detach"),
    positionals: [one("path", absolute), one("commit", rev)],
    eoo: true,
    facts: ["target"],
    ...refs,
  }),
  command("worktree add", {
    id: "worktree.add.branch",
    positionals: [one("path", absolute), one("branch", branch)],
    fixed: ["--no-track"],
    shape: worktreeBranch,
    eoo: true,
    facts: ["target"],
    ...refs,
  }),
];

const NETWORK = [
  command("clone", {
    positionals: [one("url", text(512, "url"))],
    fixed: ["--no-recurse-submodules", "--template=", "--origin", "origin"],
    eoo: true,
    effect: "net-write",
    where: "roots",
    lock: "none",
    facts: ["target"],
    class: "clone",
  }),
  command("fetch", {
    options: [
      ...flags("--prune|-p --tags|-t --no-tags"),
      ...values("--depth", int(1, 1_000_000)),
      ...omitted(flags("--all")),
    ],
    positionals: [any("refspec", text(600))],
    rules: [{ kind: "conflict", of: ["--tags", "--no-tags"] }],
    fixed: ["--no-recurse-submodules", "--no-auto-maintenance"],
    shape: fetchShape,
    eoo: true,
    effect: "net-write",
    lock: "refs",
    facts: ["origin"],
    class: "network",
  }),
  command("ls-remote", {
    options: [...flags("--heads|-h --tags|-t --refs --quiet|-q --exit-code --symref"), ...lists("--sort", sortKey)],
    positionals: [any("pattern", refGlob)],
    shape: lsRemoteShape,
    eoo: true,
    effect: "net-read",
    facts: ["origin"],
    class: "network",
  }),
  command("push", {
    options: [...flags("--dry-run"), ...omitted(flags("-u|--set-upstream"))],
    positionals: [one("remote", among("origin")), one("refspec", matching("refspec", /^HEAD:refs\/heads\/.+$/, 300))],
    fixed: ["--no-verify", "--no-follow-tags", "--no-signed", "--recurse-submodules=no"],
    shape: pushShape,
    eoo: true,
    effect: "net-write",
    where: "worktree",
    lock: "refs",
    facts: ["origin", "protected", "alias"],
    class: "network",
  }),
];

export const WRITE_COMMANDS: readonly CommandSpec[] = [...LISTS, ...LOCAL, ...WORKTREES, ...NETWORK];

const HEX = /^[0-9a-f]{7,64}$/;

/** Rows that only Thor's own services may use; index writers of these also work in main clones. */
export const INTERNAL_COMMANDS: readonly CommandSpec[] = [
  command("reset", {
    id: "internal.reset",
    when: ["--hard"],
    options: flags("--hard"),
    positionals: [one("commit", matching("FETCH_HEAD or sha", new RegExp(`^FETCH_HEAD$|${HEX.source}`)))],
    effect: "write",
    lock: "index",
    facts: ["nested"],
  }),
  command("merge", {
    id: "internal.merge",
    when: ["--ff-only"],
    options: flags("--ff-only"),
    positionals: [one("rev", rev)],
    fixed: MERGE,
    eoo: true,
    effect: "write",
    lock: "index",
    facts: ["nested"],
  }),
  command("update-ref", {
    id: "internal.backup",
    positionals: [
      one("ref", matching("backup ref", /^refs\/thor\/backup\/[A-Za-z0-9._/-]+\/[0-9TZ-]+$/)),
      one("HEAD", among("HEAD")),
    ],
    effect: "write",
    lock: "refs",
  }),
];
