/** Decides one git call: words → place → typed command → facts → verdict. Nothing is started here. */
import type { Call, Decision, Target } from "../../core/call.ts";
import { denialText, type Denial } from "../../core/denial.ts";
import { parseGit, readGitWords } from "../../core/git/command.ts";
import { judgeFacts, judgeOwner, judgePlace, type JudgeRules } from "../../core/git/judge.ts";
import { judgeRemote } from "../../core/git/origin.ts";
import type { OpenedPlace, RepositoryPlace } from "../../core/git/place.ts";
import { worktreeTarget } from "../../core/git/target.ts";
import { renderCommand } from "../../core/grammar/render.ts";
import { valuesOf, type Command } from "../../core/grammar/spec.ts";
import type { Execute } from "./execute.ts";
import { branchOwnerOf, commitMessage, gatherFacts, originOf, type GatherDeps } from "./gather.ts";
import type { GitPlan } from "./plan.ts";

export interface GitDeps extends GatherDeps {
  rules: JudgeRules;
  roots: { repos: string; worktrees: string };
  /** Maps the configured name of a root onto its real path. */
  realPath: (path: string) => string;
  openPlace: (cwd: string) => Promise<OpenedPlace>;
  /** The branch that is checked out, if one is. */
  headBranch: (place: RepositoryPlace) => Promise<string | undefined>;
  /** Why a new worktree cannot be made there. */
  inspectNewWorktree: (worktreesOfRepo: string, path: string) => Promise<string | undefined>;
  /** The address of the clone that is in the way, or that something else is. */
  existingClone: (path: string) => Promise<string | undefined>;
  execute: Execute;
}

type Words = Extract<ReturnType<typeof readGitWords>, { kind: "command" }>;
type Planned = { kind: "plan"; plan: GitPlan } | { kind: "denied"; denial: Denial };

const denied = (denial: Denial): Planned => ({ kind: "denied", denial });

function placeOf({ located }: OpenedPlace) {
  const cwd = located.kind === "repository" || located.kind === "roots" ? located.cwd : "/";
  return located.kind === "repository" ? { root: located.root, cwd } : { root: cwd, cwd };
}

/** `worktree add` and `remove`: the folder is verified here, because git would take any. */
async function planWorktree(
  deps: GitDeps,
  call: Call,
  given: { command: Command; place: RepositoryPlace; opened: OpenedPlace },
): Promise<Planned> {
  const { command, place, opened } = given;
  const worktrees = `${deps.roots.worktrees}/${place.repo}`;
  const [first = "", ...others] = command.positionals;
  const real: Command = { ...command, positionals: [deps.realPath(first), ...others] };
  const target = worktreeTarget(real, worktrees);
  if (!("path" in target)) return denied(target);
  const settled: Command = { ...real, positionals: [target.path, ...others] };
  const plan: GitPlan = { command: settled, argv: renderCommand(settled), place, opened, target: target.path };
  if (command.spec.id !== "worktree.remove") {
    const fault = await deps.inspectNewWorktree(worktrees, target.path);
    return fault === undefined ? { kind: "plan", plan } : denied({ rule: "worktree.path", reason: fault });
  }
  const old = await deps.openPlace(target.path);
  await old.close();
  if (old.located.kind !== "repository" || old.located.root !== target.path)
    return denied({ rule: "worktree.path", reason: "there is no worktree of this repository" });
  const judged = { caller: call.caller, rules: deps.rules };
  const branch = await deps.headBranch(old.located);
  const branchOwner = branch === undefined ? undefined : await branchOwnerOf(deps, place.repo, branch);
  const denial = judgeOwner(command.spec, old.located, judged) ?? judgeFacts({ branchOwner }, judged);
  return denial === undefined ? { kind: "plan", plan } : denied(denial);
}

async function planClone(
  deps: GitDeps,
  call: Call,
  given: { command: Command; opened: OpenedPlace },
): Promise<Planned> {
  const { command, opened } = given;
  const origin = judgeRemote(command.positionals[0], deps.host, deps.grants());
  if (origin.kind === "untrusted") return denied({ rule: "origin.untrusted", reason: origin.reason });
  const { repo } = origin.remote;
  const profile = deps.rules.profileOfRepo(repo);
  if (profile !== undefined && call.caller.kind === "session" && call.caller.profile !== profile)
    return denied({
      rule: "profile.repo",
      reason: "this repository belongs to a profile that this conversation is not in",
    });
  const target = `${deps.roots.repos}/${repo}`;
  const existing = await deps.existingClone(target);
  if (existing !== undefined)
    return denied({
      rule: "clone.exists",
      reason: `${target} exists already, from ${existing}`,
      instead: `git -C ${target} fetch`,
    });
  const argv = [...renderCommand(command), target];
  return { kind: "plan", plan: { command, argv, opened, origin, target } };
}

async function planInPlace(
  deps: GitDeps,
  call: Call,
  given: { command: Command; place: RepositoryPlace; opened: OpenedPlace },
): Promise<Planned> {
  const { command, place, opened } = given;
  const { caller, stdin } = call;
  const owner = judgeOwner(command.spec, place, { caller, rules: deps.rules });
  if (owner !== undefined) return denied(owner);
  if (command.spec.facts.includes("target")) return planWorktree(deps, call, given);
  const facts = await gatherFacts(deps, command, place);
  const denial = judgeFacts(facts, { caller, rules: deps.rules });
  if (denial !== undefined) return denied(denial);
  const plan: GitPlan = { command, argv: renderCommand(command), place, opened };
  if (command.spec.facts.includes("origin")) plan.origin = originOf(deps, place);
  const secret = deps.findSecret(valuesOf(command, "-m").join("\n"));
  if (secret !== undefined)
    return denied({ rule: "outbound.secret", reason: `the message holds a credential (${secret})` });
  if (command.spec.stdin === "none") return { kind: "plan", plan };
  const message = await commitMessage(deps, command, { place, stdin, caller });
  if (message.kind === "denied") return denied(message.denial);
  return { kind: "plan", plan: { ...plan, stdin: message.text, attribution: message.attribution } };
}

async function planCall(deps: GitDeps, call: Call, given: { words: Words; opened: OpenedPlace }): Promise<Planned> {
  const { words, opened } = given;
  const { located } = opened;
  const outside = judgePlace(words.spec, located);
  if (outside !== undefined) return denied(outside);
  const parsed = parseGit(words, placeOf(opened));
  if (parsed.kind === "denied") return denied(parsed);
  const { command } = parsed;
  if (command.spec.id === "clone") return planClone(deps, call, { command, opened });
  if (located.kind === "repository") return planInPlace(deps, call, { command, place: located, opened });
  return { kind: "plan", plan: { command, argv: renderCommand(command), opened } };
}

/** What the audit names as the object of a call. */
function objectOf({ place, command, target }: GitPlan): string | undefined {
  if (target !== undefined) return target;
  const branch = command.spec.id === "push" ? ` ${command.positionals[1] ?? ""}` : "";
  return place === undefined ? undefined : `${place.repo}${branch}`;
}

/** The git tool: one decision for every call, with everything opened on the way given back by `close`. */
export const createGitDecide =
  (deps: GitDeps) =>
  async (call: Call): Promise<Decision> => {
    const words = readGitWords(call.args, call.caller.kind === "service");
    const refuse = ({ rule, reason, instead }: Denial, target: Target): Decision => {
      const here = instead?.replaceAll("<worktrees>", deps.roots.worktrees).replaceAll("<host>", deps.host);
      return { kind: "deny", rule, text: denialText("git", call.args, { rule, reason, instead: here }), target };
    };
    if (words.kind === "denied") return refuse(words, { commandId: "unknown" });
    if (words.kind === "answer") return { kind: "answer", stdout: words.text, target: { commandId: "help" } };
    const commandId = words.spec.id;
    const cwd = words.chdir ?? call.cwd;
    if (cwd?.startsWith("/") !== true)
      return refuse({ rule: "cwd.missing", reason: "the working directory must be an absolute path" }, { commandId });
    const opened = await deps.openPlace(cwd);
    const planned = await planCall(deps, call, { words, opened }).catch(async (err: unknown) => {
      await opened.close();
      throw err;
    });
    if (planned.kind === "denied") {
      await opened.close();
      return refuse(planned.denial, { commandId });
    }
    const { argv, stdin } = planned.plan;
    return {
      kind: "run",
      target: { commandId, object: objectOf(planned.plan) },
      canonical: argv,
      stdin,
      isRead: words.spec.effect === "read",
      execute: (signal, sink) => deps.execute(call, planned.plan, { signal, sink }),
      close: opened.close,
    };
  };
