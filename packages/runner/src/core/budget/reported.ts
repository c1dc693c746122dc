/** What sessions themselves say they have used: the cross-check of the steps that were counted one by one. */
import type { RunTotals } from "@thor/domain/run";

interface Used {
  cost: number;
  tokens: { input: number; output: number; reasoning: number; cache: { read: number; write: number } };
}

/** By session, as first and as last heard of in this run; what it used before belongs to earlier runs. */
export type Reported = ReadonlyMap<string, { first: Used; last: Used }>;

export function withReported(reported: Reported, sessionId: string, used: Used): Reported {
  const first = reported.get(sessionId)?.first ?? used;
  return new Map([...reported, [sessionId, { first, last: used }]]);
}

type Sums = Pick<
  RunTotals,
  "tokensInput" | "tokensOutput" | "tokensReasoning" | "tokensCacheRead" | "tokensCacheWrite" | "costMicros"
>;

const sumsOf = ({ cost, tokens }: Used): Sums => ({
  tokensInput: tokens.input,
  tokensOutput: tokens.output,
  tokensReasoning: tokens.reasoning,
  tokensCacheRead: tokens.cache.read,
  tokensCacheWrite: tokens.cache.write,
  costMicros: Math.round(cost * 1_000_000),
});

const FIELDS = [
  "tokensInput",
  "tokensOutput",
  "tokensReasoning",
  "tokensCacheRead",
  "tokensCacheWrite",
  "costMicros",
] as const;
const TOLERANCE = 1.01;

const spent = ({ tokensInput, tokensOutput, tokensReasoning, tokensCacheWrite }: Sums) =>
  tokensInput + tokensOutput + tokensReasoning + tokensCacheWrite;

function reportedSums(reported: Reported): Sums {
  const sum = {
    tokensInput: 0,
    tokensOutput: 0,
    tokensReasoning: 0,
    tokensCacheRead: 0,
    tokensCacheWrite: 0,
    costMicros: 0,
  };
  for (const { first, last } of reported.values()) {
    const [before, after] = [sumsOf(first), sumsOf(last)];
    for (const field of FIELDS) sum[field] += Math.max(0, after[field] - before[field]);
  }
  return sum;
}

/**
 * The larger of what was counted and what the sessions say; `missed` names what the count lacked. Less than counted
 * proves nothing: a session may not have said its last word yet.
 */
export function largerTotals(counted: RunTotals, reported: Reported): { totals: RunTotals; missed?: Partial<Sums> } {
  const said = reportedSums(reported);
  const over = FIELDS.filter((field) => said[field] > counted[field] * TOLERANCE);
  if (over.length === 0) return { totals: counted };
  const larger = Object.fromEntries(over.map((field) => [field, said[field]]));
  const totals = { ...counted, ...larger };
  const isUnpriced = said.costMicros === 0;
  const unpriced = isUnpriced ? Math.max(0, spent(totals) - spent(counted)) : 0;
  return {
    totals: { ...totals, unpricedTokens: counted.unpricedTokens + unpriced },
    missed: Object.fromEntries(over.map((field) => [field, said[field] - counted[field]])),
  };
}
