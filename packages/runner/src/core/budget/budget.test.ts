/** Limits, allowances, and who may go beyond. */
import { admissionOf } from "@thor/workspace-config/pure/admission";
import { WorkspaceConfig } from "@thor/workspace-config/pure/schema/root";
import { describe, expect, it } from "vitest";

import { newProgress } from "../progress/progress.ts";
import { allowanceFor, judgeBudget, stepText, type Used, type UsedBy } from "./check.ts";
import { mayContinue } from "./may-continue.ts";
import { largerTotals, withReported } from "./reported.ts";

const used = (more: Partial<Used> = {}): Used => ({
  tokens: 0,
  costMicros: 0,
  unpricedTokens: 0,
  toolCalls: 0,
  minutes: 0,
  ...more,
});
const by = (more: Partial<UsedBy> = {}): UsedBy => ({
  perRun: used(),
  perConversation: used(),
  perDay: used(),
  perUserDay: used(),
  perChannelDay: used(),
  ...more,
});
const rules = { limits: { perRun: { usd: 1 }, perUserDay: { tokens: 1000 } }, warnAt: 0.8, unpricedUsdPerMtok: 15 };

describe("a limit", () => {
  it("is far, near, or used up; what is used up goes before what is near", () => {
    expect(judgeBudget(by(), rules)).toEqual({ kind: "within" });
    const near = by({ perUserDay: used({ tokens: 800 }) });
    expect(judgeBudget(near, rules)).toMatchObject({ kind: "warn", what: "budget 80 % of 1000 tokens" });
    const over = { ...near, perRun: used({ costMicros: 1_000_000 }) };
    expect(judgeBudget(over, rules)).toEqual({ kind: "over", scope: "perRun", what: "$1.00 for one run" });
  });

  it("of money counts tokens without a price at an assumed one", () => {
    expect(judgeBudget(by({ perRun: used({ unpricedTokens: 66_000 }) }), rules).kind).toBe("warn");
    expect(judgeBudget(by({ perRun: used({ unpricedTokens: 67_000 }) }), rules).kind).toBe("over");
  });

  it("is raised for one scope by what a person allowed: a step for a new run, a step beyond the rest for others", () => {
    const step = { usd: 5 };
    expect(allowanceFor("perRun", used({ costMicros: 1e6 }), { step, perMtok: 15 })).toMatchObject({ usd: 5 });
    const allowance = allowanceFor("perDay", used({ costMicros: 1e6 }), { step, perMtok: 15 });
    expect(allowance).toMatchObject({ scope: "perDay", usd: 6 });
    const day = by({ perDay: used({ costMicros: 4_000_000 }) });
    const limits = { perDay: { usd: 1 } };
    expect(judgeBudget(day, { ...rules, limits }).kind).toBe("over");
    expect(judgeBudget(day, { ...rules, limits, allowance }).kind).toBe("within");
    expect(judgeBudget(day, { ...rules, limits, allowance: { ...allowance, scope: "perRun" } }).kind).toBe("over");
    expect(stepText({ usd: 5, tokens: 10 })).toBe("+$5.00, +10 tokens");
  });
});

describe("beyond a limit", () => {
  const admission = admissionOf(
    WorkspaceConfig.parse({
      users: [{ email: "a@b.dev", name: "Cy", slack: "U0CY00001" }],
      approvals: { groups: { leads: ["U0BEA0001"] } },
      budgets: { continueApprovers: ["U0ANN0001", "@group:leads", "@users", "S0GROUP01"] },
    }),
  );
  const person = (id: string) => ({ kind: "slack", id });

  it.each(["U0ANN0001", "U0BEA0001", "U0CY00001"])("%s may continue", (id) => {
    expect(mayContinue(admission, person(id))).toBe(true);
  });

  it("nobody else may, no member of a group that Slack keeps, and nobody while the file is faulty", () => {
    expect(mayContinue(admission, person("U0EVE0001"))).toBe(false);
    expect(
      mayContinue({ ...admission, continueApprovers: ["*"], isDecidingSuspended: true }, person("U0ANN0001")),
    ).toBe(false);
    expect(mayContinue({ ...admission, continueApprovers: ["*"] }, person("U0EVE0001"))).toBe(true);
  });
});

describe("what sessions say they used", () => {
  const saying = (input: number, cost = 0) => ({
    cost,
    tokens: { input, output: 10, reasoning: 0, cache: { read: 0, write: 0 } },
  });
  const counted = { ...newProgress(0).totals, tokensInput: 1000, tokensOutput: 10, unpricedTokens: 1010 };

  it("counts from where the run began, and only when it is clearly more", () => {
    const resumed = withReported(withReported(new Map(), "ses_a", saying(5000)), "ses_a", saying(6005));
    expect(largerTotals(counted, resumed)).toEqual({ totals: counted });
    const more = withReported(resumed, "ses_a", saying(6500));
    expect(largerTotals(counted, more)).toEqual({
      totals: { ...counted, tokensInput: 1500, unpricedTokens: 1510 },
      missed: { tokensInput: 500 },
    });
  });

  it("adds up sub-agents, with their price", () => {
    const lead = withReported(withReported(new Map(), "ses_a", saying(0)), "ses_a", saying(1000, 0.01));
    const both = withReported(withReported(lead, "ses_b", saying(0)), "ses_b", saying(500, 0.02));
    const { totals, missed } = largerTotals({ ...counted, costMicros: 10_000, unpricedTokens: 0 }, both);
    expect(totals).toMatchObject({ tokensInput: 1500, costMicros: 30_000, unpricedTokens: 0 });
    expect(missed).toEqual({ tokensInput: 500, costMicros: 20_000 });
  });
});
