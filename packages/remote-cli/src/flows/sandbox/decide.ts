/** `sandbox`: which worktree, whose, and what to do with its copy; what runs there is not judged, because it reaches nothing of ours. */
import type { Call, Decision, Outcome, Sink, Target } from "../../core/call.ts";
import { exited } from "../../core/child-outcome.ts";
import { denialText, type Denial } from "../../core/denial.ts";
import { judgeOwner, type JudgeRules } from "../../core/git/judge.ts";
import type { OpenedPlace, RepositoryPlace } from "../../core/git/place.ts";
import { below, isWithin } from "../../core/paths.ts";

type Read = { kind: "refused"; text: string } | { kind: "help" } | { kind: string };
interface Watching {
  signal: AbortSignal;
  sink: Sink;
}

export interface SandboxDecideDeps<Command extends Read> {
  worktrees: string;
  rules: JudgeRules;
  usage: string;
  parse: (args: readonly string[]) => Command;
  openPlace: (cwd: string) => Promise<OpenedPlace>;
  /** Acts on the worktree of a place, for a conversation. */
  act: (
    command: Command,
    given: { place: RepositoryPlace; opened: OpenedPlace; subPath: string; anchorId: string },
    watching: Watching,
  ) => Promise<Outcome>;
  list: (isShown: (sandbox: { root: string; anchor: string }) => boolean) => Promise<string>;
}

const PLAIN = ["list", "status", "stop", "delete"];
const NOTHING = () => Promise.resolve();
const OWN = { where: "worktree", effect: "write" } as const;

const outsideOf = (located: OpenedPlace["located"], worktrees: string): Denial | undefined => {
  if (located.kind === "uncontrolled")
    return { rule: "gitdir.uncontrolled", reason: located.why, instead: "create the worktree with git worktree add" };
  if (located.kind === "repository" && located.area === "worktree") return undefined;
  const reason = "sandbox needs a worktree as its working directory";
  return { rule: "cwd.worktree", reason, instead: `git worktree add -b <branch> ${worktrees}/<repo>/<branch>` };
};

/** One decision for every call; what was opened is given back by `close`. */
export function createSandboxDecide<Command extends Read>(deps: SandboxDecideDeps<Command>) {
  const judge = (call: Call, { located }: OpenedPlace): Denial | RepositoryPlace => {
    const outside = outsideOf(located, deps.worktrees);
    if (outside !== undefined) return outside;
    if (located.kind !== "repository") throw new Error("a place outside was let through");
    if (located.config.kind !== "ok")
      return { rule: "gitdir.config", reason: "the repository's configuration holds what Thor did not write" };
    return judgeOwner(OWN, located, { caller: call.caller, rules: deps.rules }) ?? located;
  };
  const refuse = (call: Call, denial: Denial, target: Target): Decision => ({
    kind: "deny",
    rule: denial.rule,
    text: denialText("sandbox", call.args, denial).replaceAll("<worktrees>", deps.worktrees),
    target,
  });

  const listFor = ({ caller }: Call, target: Target): Decision => {
    // Those of the conversation's repository, and its own wherever they are.
    const isShown = ({ root, anchor }: { root: string; anchor: string }) =>
      caller.kind === "session" &&
      (anchor === caller.anchorId || (caller.repo !== undefined && isWithin(`${deps.worktrees}/${caller.repo}`, root)));
    const execute = async (_: AbortSignal, sink: Sink) => {
      sink("stdout", await deps.list(isShown));
      return exited(0);
    };
    return { kind: "run", target, canonical: ["list"], isRead: true, isPlain: true, execute, close: NOTHING };
  };

  return async (call: Call): Promise<Decision> => {
    const command = deps.parse(call.args);
    const target = { commandId: command.kind };
    if (command.kind === "help") return { kind: "answer", stdout: deps.usage, target };
    if (command.kind === "refused")
      return refuse(call, { rule: "arguments", reason: "text" in command ? command.text : "" }, target);
    if (command.kind === "list") return listFor(call, target);
    const opened = await deps.openPlace(call.cwd ?? "");
    const judged = judge(call, opened);
    if ("rule" in judged) {
      await opened.close();
      return refuse(call, judged, target);
    }
    const anchorId = call.caller.kind === "session" ? call.caller.anchorId : "service";
    const subPath = judged.cwd === judged.root ? "" : below(judged.root, judged.cwd);
    return {
      kind: "run",
      target: { ...target, object: below(deps.worktrees, judged.root) },
      canonical: call.args,
      // What a command is given may be data; its name is enough for the log.
      logged: [command.kind],
      isPlain: PLAIN.includes(command.kind),
      execute: (signal, sink) => deps.act(command, { place: judged, opened, subPath, anchorId }, { signal, sink }),
      close: opened.close,
    };
  };
}
