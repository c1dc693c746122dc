/** What a successful git command means for Thor: whose branch, whose worktree, which upstream. */
import type { Log } from "@thor/kit/flow/log";
import type { AliasBound, Ledger, LedgerFault } from "@thor/ledger/port";

import type { Call, Sink } from "../../core/call.ts";
import type { RepositoryPlace } from "../../core/git/place.ts";
import { pushedBranch } from "../../core/git/shapes.ts";
import { hasOption } from "../../core/grammar/spec.ts";
import { branchAlias } from "./gather.ts";
import type { GitPlan } from "./plan.ts";

export interface LearnDeps extends Pick<Ledger, "bindAlias"> {
  log: Log;
  viewerLink: (anchorId: string) => string;
  /** Records the conversation that added a worktree, durably, and in its list for the cell. */
  ownWorktree: (path: string, anchorId: string) => Promise<boolean>;
  disownWorktree: (path: string, anchorId: string) => Promise<void>;
  /** Writes the two keys that name a branch's upstream. */
  setUpstream: (place: RepositoryPlace, branch: string) => Promise<boolean>;
}
export type Learn = (call: Call, plan: GitPlan, sink: Sink) => Promise<void>;

/** What the agent is told when the branch is not (only) its own now. */
function aliasWords(bound: AliasBound | LedgerFault, viewerLink: LearnDeps["viewerLink"]): string | undefined {
  switch (bound.kind) {
    case "bound":
    case "already_bound":
      return undefined;
    case "bound_elsewhere":
      return `[thor] the branch belongs to another conversation: ${viewerLink(bound.anchorId)}\n`;
    case "overloaded":
    case "unavailable":
      return "[thor] pushed, but the branch could not be recorded as this conversation's; push again later\n";
  }
}

async function learnPush(deps: LearnDeps, given: { call: Call; plan: GitPlan; place: RepositoryPlace; sink: Sink }) {
  const { call, plan, place, sink } = given;
  const branch = pushedBranch(plan.command);
  const alias = branchAlias(place.repo, branch);
  if (call.caller.kind === "session" && alias !== undefined) {
    const { anchorId } = call.caller;
    const bound = await deps.bindAlias({ ...alias, anchorId, source: "remote-cli" });
    const words = aliasWords(bound, deps.viewerLink);
    const event = bound.kind === "bound_elsewhere" ? "alias_conflict" : "alias_bound";
    deps.log.info({ event, ...alias, outcome: bound.kind }, "branch of a push");
    if (words !== undefined) sink("stderr", words);
  }
  if (hasOption(plan.command, "-u") && !(await deps.setUpstream(place, branch)))
    sink("stderr", "[thor] pushed, but the upstream could not be recorded\n");
}

export const createGitLearn =
  (deps: LearnDeps): Learn =>
  async (call, plan, sink) => {
    const { command, place, target } = plan;
    const { id } = command.spec;
    const anchorId = call.caller.kind === "session" ? call.caller.anchorId : undefined;
    if (id === "push" && place !== undefined) await learnPush(deps, { call, plan, place, sink });
    if (plan.attribution !== undefined)
      deps.log.info(
        { event: "attribution_applied", callId: call.id, surface: "git", outcome: plan.attribution },
        "attributed",
      );
    if (target === undefined || anchorId === undefined) return;
    if (id.startsWith("worktree.add")) {
      const isOwned = await deps.ownWorktree(target, anchorId);
      sink(
        "stderr",
        isOwned
          ? "[thor] the worktree can be used from the next command on\n"
          : "[thor] the worktree could not be recorded as this conversation's\n",
      );
    }
    if (id === "worktree.remove") await deps.disownWorktree(target, anchorId);
  };
