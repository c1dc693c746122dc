/** A new issue belongs to the conversation that made it, so that what is said there arrives here. */
import { githubIssueKey, parseCorrelationKey } from "@thor/domain/correlation-key";
import type { Log } from "@thor/kit/flow/log";
import type { Ledger } from "@thor/ledger/port";

import type { Call, Sink } from "../../core/call.ts";
import type { GhPlan } from "./plan.ts";

export interface BindIssueDeps extends Pick<Ledger, "bindAlias"> {
  log: Log;
  viewerLink: (anchorId: string) => string;
}
export type BindIssue = (call: Call, plan: GhPlan, given: { said: string; sink: Sink }) => Promise<void>;

const MADE = /https:\/\/[^/\s]+\/([^/\s]+)\/([^/\s]+)\/issues\/(\d+)\s*$/;

/** The name of the issue that gh printed, spelled as the git host does, if it is one of the repository that was asked. */
function aliasOf({ origin, repo }: GhPlan, said: string) {
  const [, owner = "", name = "", number = ""] = MADE.exec(said) ?? [];
  const { remote } = origin;
  const isOwn = `${owner}/${name}`.toLowerCase() === `${remote.owner}/${remote.repo}`.toLowerCase();
  const parsed = isOwn ? parseCorrelationKey(githubIssueKey(repo, `${owner}/${name}`, Number(number))) : undefined;
  return parsed?.kind === "bindable" ? { type: parsed.type, value: parsed.value } : undefined;
}

/** First writer wins; who comes second is told whose it is. */
export const createBindIssue =
  (deps: BindIssueDeps): BindIssue =>
  async ({ id: callId, caller }, plan, { said, sink }) => {
    const alias = plan.command.spec.id === "issue.create" ? aliasOf(plan, said) : undefined;
    if (alias === undefined || caller.kind !== "session") return;
    const bound = await deps.bindAlias({ ...alias, anchorId: caller.anchorId, source: "remote-cli" });
    const event = bound.kind === "bound_elsewhere" ? "alias_conflict" : "alias_bound";
    deps.log.info({ event, callId, ...alias, outcome: bound.kind }, "issue that was made");
    if (bound.kind === "bound_elsewhere")
      sink(
        "stderr",
        `[thor] made, but the issue belongs to another conversation: ${deps.viewerLink(bound.anchorId)}\n`,
      );
  };
