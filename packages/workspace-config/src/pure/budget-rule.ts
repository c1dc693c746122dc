/** Which limits hold for a piece of work. */
import type { Operational } from "./operational.ts";
import type { Limit } from "./schema/limits.ts";

export interface BudgetFacts {
  channel?: string | undefined;
  user?: string | undefined;
  profile?: string | undefined;
  repo?: string | undefined;
  source?: "slack" | "github" | "cron" | undefined;
}

const LIMITS = ["perRun", "perConversation", "perDay", "perUserDay", "perChannelDay"] as const;
const FACTS = ["channel", "user", "profile", "repo", "source"] as const;

export type Limits = Partial<Record<(typeof LIMITS)[number], Limit>>;

/** Per limit the first override that matches and sets it, else the general one; an absent limit is none. */
export function limitsFor({ overrides, ...general }: Operational["budgets"], facts: BudgetFacts): Limits {
  const matching = overrides.filter(({ match }) =>
    FACTS.every((key) => match[key] === undefined || match[key] === facts[key]),
  );
  const entries = LIMITS.flatMap((name) => {
    const limit = matching.find((override) => override[name] !== undefined)?.[name] ?? general[name];
    return limit === undefined ? [] : [[name, limit] as const];
  });
  return Object.fromEntries(entries);
}
