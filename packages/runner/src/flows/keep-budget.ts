/** Saves what a run uses, and says when a limit is used up. */
import type { RunTotals } from "@thor/domain/run";
import type { Ledger } from "@thor/ledger/port";
import type { BudgetFacts } from "@thor/workspace-config/pure/budget-rule";
import { limitsFor } from "@thor/workspace-config/pure/budget-rule";
import { resolveProfile } from "@thor/workspace-config/pure/profile";
import type { ConfigView } from "@thor/workspace-config/pure/standing";

import { judgeBudget, type Judged, type Used, type UsedBy } from "../core/budget/check.ts";
import { channelOf, factsOf, personOf } from "../core/run-facts.ts";
import type { DrivenRun } from "./driven-run.ts";

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

export interface KeepBudgetDeps extends Pick<Ledger, "usageSince" | "conversationUsage"> {
  now: () => number;
  config: () => ConfigView;
  unpricedUsdPerMtok: number;
}

export type BudgetedRun = Pick<
  DrivenRun["run"],
  "anchorId" | "source" | "replyTo" | "requesters" | "revs" | "startedAt"
>;

const SOURCES = ["slack", "github", "cron"] as const;
const repoOf = (directory: string) => directory.split("/").at(-1) ?? "";

function usedByRun(totals: RunTotals, ms: number): Used {
  const { tokensInput, tokensOutput, tokensReasoning, tokensCacheWrite, costMicros, unpricedTokens, tools } = totals;
  const tokens = tokensInput + tokensOutput + tokensReasoning + tokensCacheWrite;
  return { tokens, costMicros, unpricedTokens, toolCalls: tools, minutes: ms / MINUTE_MS };
}

type Sums = Awaited<ReturnType<Ledger["usageSince"]>>;

const usedBySums = (sums: Sums): Used => ({
  tokens: sums.reduce((all, { input, output, reasoning }) => all + input + output + reasoning, 0),
  costMicros: sums.reduce((all, { costMicros }) => all + costMicros, 0),
  unpricedTokens: sums.reduce((all, { unpricedTokens }) => all + unpricedTokens, 0),
  toolCalls: sums.reduce((all, { toolCalls }) => all + toolCalls, 0),
  minutes: sums.reduce((all, { wallMs }) => all + wallMs, 0) / MINUTE_MS,
});

/** The owner of what a run uses, as sums are kept. */
export const usageOwner = (run: BudgetedRun, directory: string, model: string) => ({
  channel: channelOf(run) ?? "",
  user: personOf(run),
  model,
  repo: repoOf(directory),
  source: run.source,
  agent: "build",
});

export function createBudget(deps: KeepBudgetDeps) {
  const factsFor = (run: BudgetedRun, directory: string): BudgetFacts => {
    const channel = channelOf(run);
    const repo = repoOf(directory);
    const profile = resolveProfile(deps.config().admission, channel === undefined ? [] : [channel], repo);
    const last = run.requesters.at(-1);
    return {
      channel,
      repo,
      user: last?.kind === "slack" ? last.id : undefined,
      source: SOURCES.find((known) => known === run.source),
      profile: profile.kind === "profile" ? profile.name : undefined,
    };
  };

  const usedNow = async (run: BudgetedRun, totals: RunTotals): Promise<UsedBy> => {
    const now = deps.now();
    const since = now - (now % DAY_MS);
    const [user, channel] = [personOf(run), channelOf(run)];
    const own = usedByRun(totals, now - run.startedAt);
    const [day, userDay, channelDay, conversation] = await Promise.all([
      deps.usageSince({ since }),
      user === "" ? [] : deps.usageSince({ since, user }),
      channel === undefined ? [] : deps.usageSince({ since, channel }),
      deps.conversationUsage({ anchorId: run.anchorId }),
    ]);
    const { wallMs, ...whole } = conversation;
    return {
      perRun: own,
      perConversation: { ...whole, minutes: wallMs / MINUTE_MS },
      perDay: usedBySums(day),
      perUserDay: usedBySums(userDay),
      perChannelDay: usedBySums(channelDay),
    };
  };

  const judge = async (run: BudgetedRun, directory: string, totals: RunTotals): Promise<Judged> => {
    const { budgets } = deps.config().operational;
    const limits = limitsFor(budgets, factsFor(run, directory));
    if (Object.keys(limits).length === 0) return { kind: "within" };
    return judgeBudget(await usedNow(run, totals), {
      limits,
      allowance: factsOf(run).allowance,
      warnAt: budgets.warnAt,
      unpricedUsdPerMtok: deps.unpricedUsdPerMtok,
    });
  };
  return { judge, usedNow };
}
export type Budget = ReturnType<typeof createBudget>;
