/** Whether work may go on: what was used, against the limits that hold for it. */
import type { Limits } from "@thor/workspace-config/pure/budget-rule";

/** What counts against a limit; money in micro-USD. */
export interface Used {
  tokens: number;
  costMicros: number;
  /** Tokens of models without a known price. */
  unpricedTokens: number;
  toolCalls: number;
  minutes: number;
}

export type Scope = keyof Limits;
export type UsedBy = Readonly<Record<Scope, Used>>;

/** What a person allowed beyond the limits, for one run: absolute amounts of one scope. */
export interface Allowance {
  scope: Scope;
  tokens?: number | undefined;
  usd?: number | undefined;
  toolCalls?: number | undefined;
  minutes?: number | undefined;
}

export interface BudgetRules {
  limits: Limits;
  allowance?: Allowance | undefined;
  warnAt: number;
  /** What a million tokens without a price count as, in dollars. */
  unpricedUsdPerMtok: number;
}

export type Judged =
  | { kind: "within" }
  | { kind: "warn"; scope: Scope; what: string }
  | { kind: "over"; scope: Scope; what: string };

const SCOPES: readonly Scope[] = ["perRun", "perConversation", "perUserDay", "perChannelDay", "perDay"];
const FIELDS = ["usd", "tokens", "toolCalls", "minutes"] as const;
type Field = (typeof FIELDS)[number];

const SCOPE_WORDS: Readonly<Record<Scope, string>> = {
  perRun: "one run",
  perConversation: "this conversation",
  perDay: "today, for everybody",
  perUserDay: "today, for one person",
  perChannelDay: "today, for this channel",
};

const dollars = (usd: number) => `$${usd.toFixed(2)}`;
const amountText: Readonly<Record<Field, (n: number) => string>> = {
  usd: dollars,
  tokens: (n) => `${n} tokens`,
  toolCalls: (n) => `${n} tool calls`,
  minutes: (n) => `${n} minutes`,
};

/** Money of a use; tokens without a price are counted at an assumed one. */
const usdOf = ({ costMicros, unpricedTokens }: Used, perMtok: number) =>
  costMicros / 1_000_000 + (unpricedTokens / 1_000_000) * perMtok;

function amountOf(used: Used, field: Field, perMtok: number): number {
  return field === "usd" ? usdOf(used, perMtok) : used[field];
}

function limitOf(rules: BudgetRules, scope: Scope, field: Field): number | undefined {
  const limit = rules.limits[scope]?.[field];
  if (limit === undefined || rules.allowance?.scope !== scope) return limit;
  return Math.max(limit, rules.allowance[field] ?? limit);
}

/** The first limit that is used up, else the first that is nearly so. */
export function judgeBudget(used: UsedBy, rules: BudgetRules): Judged {
  let warning: Judged = { kind: "within" };
  for (const scope of SCOPES) {
    for (const field of FIELDS) {
      const limit = limitOf(rules, scope, field);
      if (limit === undefined) continue;
      const amount = amountOf(used[scope], field, rules.unpricedUsdPerMtok);
      const text = amountText[field](limit);
      if (amount >= limit) return { kind: "over", scope, what: `${text} for ${SCOPE_WORDS[scope]}` };
      if (warning.kind === "within" && amount >= limit * rules.warnAt)
        warning = { kind: "warn", scope, what: `budget ${Math.floor((amount / limit) * 100)} % of ${text}` };
    }
  }
  return warning;
}

type Step = Partial<Record<Field, number | undefined>>;

/** What one more press on Continue allows: a step beyond what is used by now. A new run begins at nothing. */
export function allowanceFor(scope: Scope, used: Used, { step, perMtok }: { step: Step; perMtok: number }): Allowance {
  const beyond = (field: Field) => {
    const more = step[field];
    if (more === undefined) return undefined;
    return scope === "perRun" ? more : amountOf(used, field, perMtok) + more;
  };
  return {
    scope,
    usd: beyond("usd"),
    tokens: beyond("tokens"),
    toolCalls: beyond("toolCalls"),
    minutes: beyond("minutes"),
  };
}

export const stepText = (step: Step): string => {
  const given = FIELDS.flatMap((field) => {
    const more = step[field];
    return more === undefined ? [] : [`+${amountText[field](more)}`];
  });
  return given.join(", ");
};
