/** What whole git commands must look like, where a row of options and words cannot say it. */
import type { Command, Place, Shaped } from "../grammar/spec.ts";
import { hasOption, valuesOf } from "../grammar/spec.ts";
import { branch, refFault } from "../grammar/validate/ref.ts";

const ok = (command: Command): Shaped => ({ kind: "ok", command });
const bad = (reason: string): Shaped => ({ kind: "bad", reason });

/** Words without the option that gives them meaning would mean something else to git. */
export const anyText =
  (option: string, reason: string) =>
  (given: Command): Shaped =>
    given.positionals.length > 0 && !hasOption(given, option) ? bad(reason) : ok(given);

function negated(revision: string): string | undefined {
  if (revision.startsWith("^")) return revision.slice(1);
  return revision.includes("..") ? undefined : `^${revision}`;
}

/**
 * `--not` turns the meaning of every revision after it. In the canonical form options come first, so the turn is
 * written on each revision instead, and the options end with their meaning turned back.
 */
export function spreadNegation(given: Command): Shaped {
  const turns = given.options.filter(({ name }) => name === "--not").map(({ after }) => after);
  if (turns.length === 0) return ok(given);
  const positionals: string[] = [];
  for (const [at, revision] of given.positionals.entries()) {
    const isTurned = turns.filter((after) => after <= at).length % 2 === 1;
    const written = isTurned ? negated(revision) : revision;
    if (written === undefined) return bad(`a range cannot follow --not: ${revision}`);
    positionals.push(written);
  }
  const options = given.options.map((option) => ({ ...option, after: 0 }));
  if (turns.length % 2 === 1) options.push({ name: "--not", after: 0 });
  return ok({ ...given, options, positionals });
}

export function configShape(given: Command): Shaped {
  const isList = hasOption(given, "--list");
  if (isList === (given.positionals.length === 0)) return ok(given);
  return bad(isList ? "--list takes no key" : "a key is needed; values cannot be set");
}

const TRACKING = /^refs\/remotes\/origin\/(.+)$/;
const REVIEW = /^pr-\d{1,9}(-[A-Za-z0-9._-]{1,60})?$/;
const REVIEW_HEAD = /^pull\/\d{1,9}\/head$/;
const SHA = /^[0-9a-f]{40,64}$/;

function fetchTargetFault(target: string): string | undefined {
  const tracked = TRACKING.exec(target)?.[1];
  if (tracked !== undefined) return globFault(tracked);
  return REVIEW.test(target) ? undefined : `fetch may write refs/remotes/origin/… or pr-<n>, not ${target}`;
}

const globFault = (name: string) => refFault(name.replace("*", "x"));

function refspecFault(refspec: string): string | undefined {
  const isForced = refspec.startsWith("+");
  const [source = "", target, ...more] = (isForced ? refspec.slice(1) : refspec).split(":");
  if (more.length > 0) return `"${refspec}" is not a refspec`;
  if (target === undefined) {
    if (isForced) return "a forced refspec needs a target";
    return SHA.test(source) || REVIEW_HEAD.test(source) ? undefined : refFault(source);
  }
  const sourceFault = SHA.test(source) ? undefined : globFault(source);
  return sourceFault ?? fetchTargetFault(target);
}

function refspecsFault(refspecs: readonly string[]): string | undefined {
  for (let at = 0; at < refspecs.length; at += 1) {
    const isTag = refspecs[at] === "tag";
    if (isTag) at += 1;
    const refspec = refspecs[at];
    if (refspec === undefined) return "tag needs a name";
    const fault = isTag ? refFault(refspec) : refspecFault(refspec);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** Fetch always names origin; what it may write is closed. */
export function fetchShape(given: Command): Shaped {
  const [remote, ...refspecs] = given.positionals;
  if (hasOption(given, "--all") && remote !== undefined) return bad("--all stands without a remote");
  if (remote !== undefined && remote !== "origin") return bad(`the only remote is origin, not "${remote}"`);
  const fault = refspecsFault(refspecs);
  return fault === undefined ? ok({ ...given, positionals: ["origin", ...refspecs] }) : bad(fault);
}

export function lsRemoteShape(given: Command): Shaped {
  const [remote, ...patterns] = given.positionals;
  if (remote !== undefined && remote !== "origin") return bad(`the only remote is origin, not "${remote}"`);
  return ok({ ...given, positionals: ["origin", ...patterns] });
}

export const pushedBranch = (command: Command) => (command.positionals[1] ?? "").slice("HEAD:refs/heads/".length);

/** The one thing that may be pushed is HEAD to a branch with a proper name. */
export function pushShape(given: Command, place: Place): Shaped {
  const checked = branch.check(pushedBranch(given), place);
  return checked.kind === "ok" ? ok(given) : checked;
}

/** The branch that a worktree is for: `-b`'s value or the second word. */
const worktreeBranchOf = (command: Command) => valuesOf(command, "-b")[0] ?? command.positionals[1] ?? "";

/** A worktree's folder is named after its branch, so that a path always says what is in it. */
export function worktreeBranch(given: Command): Shaped {
  const path = given.positionals[0] ?? "";
  const name = worktreeBranchOf(given);
  return path.endsWith(`/${name}`) ? ok(given) : bad(`the path must end with the branch: …/${name}`);
}
