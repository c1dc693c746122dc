/** Decides one gh call: words → place → typed command → the clone's own repository → the text that is published. */
import { contextUrl, withFooter } from "@thor/domain/footer";

import type { KnownPerson } from "../../core/access/person.ts";
import type { Call, Caller, Decision, Target } from "../../core/call.ts";
import { denialText, type Denial } from "../../core/denial.ts";
import { parseGh, readGhWords } from "../../core/gh/command.ts";
import { pinGh, pinInternalGh, type GhPlace } from "../../core/gh/pin.ts";
import { ghUse, internalGhUse } from "../../core/gh/use.ts";
import { judgeOwner, judgePlace, type JudgeRules } from "../../core/git/judge.ts";
import { isProtected, type OwnerGrants } from "../../core/git/origin.ts";
import type { OpenedPlace, RepositoryPlace } from "../../core/git/place.ts";
import { renderCommand } from "../../core/grammar/render.ts";
import { hasOption, valuesOf, type Command } from "../../core/grammar/spec.ts";
import type { Words } from "../../core/grammar/words.ts";
import { isLongClass } from "../../core/limits.ts";
import { resolvePath } from "../../core/paths.ts";
import { originOf, type GatherDeps } from "../git/gather.ts";
import type { ExecuteGh } from "./execute.ts";
import type { GhPlan } from "./plan.ts";

export interface GhDeps extends Pick<GatherDeps, "host" | "defaultBranch" | "protectedGlobs" | "findSecret"> {
  grants: () => OwnerGrants;
  rules: JudgeRules;
  runnerBaseUrl: string;
  openPlace: (cwd: string) => Promise<OpenedPlace>;
  /** The branch that is checked out, if one is. */
  headBranch: (place: RepositoryPlace) => Promise<string | undefined>;
  personOf: (caller: Caller) => KnownPerson | undefined;
  execute: ExecuteGh;
}

type Planned = { kind: "plan"; plan: GhPlan } | ({ kind: "denied" } & Denial);
type CommandWords = Extract<Words, { kind: "command" }>;

const MAX_BODY_CHARS = 60_000;
const denied = (rule: string, reason: string, instead?: string): Planned => ({ kind: "denied", rule, reason, instead });
const HEREDOC = "--body-file - with a quoted heredoc: <<'EOF'";

/** A proposal comes from a branch that people do not move themselves. */
async function protectedFault(deps: GhDeps, place: RepositoryPlace, plan: GhPlan): Promise<Planned | undefined> {
  const [head = ""] = valuesOf(plan.command, "--head");
  const fallback = await deps.defaultBranch(place, plan.origin);
  if (fallback === undefined)
    return denied("branch.protected", "the default branch of the repository is not known now");
  return isProtected(head, fallback, deps.protectedGlobs())
    ? denied("branch.protected", `"${head}" is protected`, "git worktree add -b <branch> …, and propose that branch")
    : undefined;
}

/** The text that is published: given, bounded, free of credentials, and marked as Thor's. */
function publish(deps: GhDeps, { caller, stdin = "" }: Call, plan: GhPlan): Planned {
  if (caller.kind !== "session")
    return denied("disclaimer", "Disclaimer required: this call belongs to no conversation");
  if (stdin.trim() === "") return denied("body", "the text is empty", HEREDOC);
  if (stdin.length > MAX_BODY_CHARS) return denied("body", `the text is longer than ${MAX_BODY_CHARS} characters`);
  const { anchorId, trigger } = caller;
  const url = contextUrl(deps.runnerBaseUrl, anchorId, trigger?.isOpen === true ? trigger.id : undefined);
  const isMaking = plan.command.spec.id === "pr.create" || plan.command.spec.id === "issue.create";
  const isAssigned = hasOption(plan.command, "--assignee");
  const assignee = isMaking && !isAssigned ? deps.personOf(caller)?.github : undefined;
  return { kind: "plan", plan: { ...plan, stdin: withFooter(stdin, url), assignee } };
}

async function complete(deps: GhDeps, call: Call, given: { place: RepositoryPlace; plan: GhPlan }): Promise<Planned> {
  const { place, plan } = given;
  const { spec } = plan.command;
  const fault = spec.id === "pr.create" ? await protectedFault(deps, place, plan) : undefined;
  if (fault !== undefined) return fault;
  const isProse = spec.stdin === "body";
  const secret =
    spec.effect === "net-write" ? deps.findSecret([...plan.argv, isProse ? call.stdin : ""].join("\n")) : undefined;
  if (secret !== undefined) return denied("outbound.secret", `the text holds a credential (${secret})`);
  const [directory] = valuesOf(plan.command, "--dir");
  if (directory !== undefined)
    return {
      kind: "plan",
      plan: { ...plan, directory: { root: place.root, path: resolvePath(place.cwd, directory) } },
    };
  return isProse ? publish(deps, call, plan) : { kind: "plan", plan };
}

async function planIn(deps: GhDeps, call: Call, given: { words: CommandWords; opened: OpenedPlace }): Promise<Planned> {
  const { words, opened } = given;
  const { located } = opened;
  const { caller } = call;
  const outside = judgePlace(words.spec, located);
  if (outside !== undefined) return { kind: "denied", ...outside };
  if (located.kind !== "repository") return denied("cwd.outside", "this folder is no repository");
  const foreign = judgeOwner(words.spec, located, { caller, rules: deps.rules });
  if (foreign !== undefined) return { kind: "denied", ...foreign };
  const parsed = parseGh(words, located);
  if (parsed.kind !== "ok") return parsed;
  const origin = originOf(deps, located);
  if (origin.kind === "untrusted") return denied("origin.untrusted", origin.reason);
  const { owner, repo } = origin.remote;
  const isService = caller.kind === "service";
  const place: GhPlace = {
    host: deps.host,
    owner,
    repo,
    branch: isService ? undefined : await deps.headBranch(located),
  };
  const pinned = (isService ? pinInternalGh : pinGh)(parsed.command, place);
  if (pinned.kind === "denied") return pinned;
  const { command, argv } = pinned;
  if (isService)
    return { kind: "plan", plan: { command, argv, use: internalGhUse(command), origin, repo: located.repo } };
  return complete(deps, call, {
    place: located,
    plan: { command, argv, use: ghUse(command), origin, repo: located.repo },
  });
}

async function planAt(deps: GhDeps, call: Call, words: CommandWords): Promise<Planned> {
  const opened = await deps.openPlace(call.cwd ?? "/");
  try {
    return await planIn(deps, call, { words, opened });
  } finally {
    await opened.close();
  }
}

/** What a person is shown before an issue is made. `argv` is what is decided again after the yes. */
function askedOf(command: Command, { cwd, stdin }: Call) {
  const one = (name: string) => valuesOf(command, name)[0];
  return {
    tool: "ghIssueCreate" as const,
    args: {
      cwd,
      argv: renderCommand(command),
      title: one("--title"),
      body: stdin,
      labels: valuesOf(command, "--label"),
      assignees: valuesOf(command, "--assignee"),
      milestone: one("--milestone"),
      parent: one("--parent"),
    },
  };
}

/** The gh tool: nothing is started here. */
export const createGhDecide =
  (deps: GhDeps) =>
  async (call: Call): Promise<Decision> => {
    const refuse = ({ rule, ...why }: Denial, target: Target): Decision => ({
      kind: "deny",
      rule,
      text: denialText("gh", call.args, { rule, ...why }),
      target,
    });
    const words = readGhWords(call.args, call.caller.kind === "service");
    if (words.kind === "denied") return refuse(words, { commandId: "unknown" });
    if (words.kind === "answer") return { kind: "answer", stdout: words.text, target: { commandId: "help" } };
    const planned = await planAt(deps, call, words);
    const commandId = `gh.${words.spec.id}`;
    if (planned.kind === "denied") return refuse(planned, { commandId });
    const { plan } = planned;
    const { owner, repo } = plan.origin.remote;
    const runnable = {
      target: { commandId, object: `${owner}/${repo}` },
      canonical: plan.argv,
      stdin: plan.stdin,
      isLong: isLongClass(plan.command.spec.class),
      isRead: plan.command.spec.effect === "net-read" && plan.directory === undefined,
      execute: (signal: AbortSignal, sink: Parameters<ExecuteGh>[2]["sink"]) =>
        deps.execute(call, plan, { signal, sink }),
      close: () => Promise.resolve(),
    };
    if (plan.command.spec.tier === "ask") return { kind: "ask", asked: askedOf(plan.command, call), ...runnable };
    return { kind: "run", ...runnable };
  };
