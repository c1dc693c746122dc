import { expect, it } from "vitest";

import { chooseSteps, spentBy, type StoredStep, treeOf } from "./sheet.ts";

const step = (partId: string, sessionId: string, child?: string): StoredStep => ({
  partId,
  sessionId,
  type: "tool",
  firstSeq: 0,
  rev: 0,
  updatedAt: 0,
  truncated: false,
  state: { tool: "task", status: "completed", childSessionId: child },
});
interface Drawn {
  [id: string]: Drawn;
}
const drawn = (trees: ReturnType<typeof treeOf>): Drawn =>
  Object.fromEntries(trees.map(({ step: { partId }, inner }) => [partId, drawn(inner)]));

it("puts a sub-agent's steps into its call at any depth, each session once, and loses none", () => {
  const steps = [step("a", "s1", "s2"), step("b", "s2", "s3"), step("c", "s3"), step("d", "s1", "s2"), step("e", "s9")];
  expect(drawn(treeOf(steps))).toEqual({ a: { b: { c: {} } }, d: {}, e: {} });
});

it("shows a session that claims itself, and two that claim each other, once", () => {
  expect(drawn(treeOf([step("a", "s1", "s1")]))).toEqual({ a: {} });
  expect(drawn(treeOf([step("a", "s1", "s2"), step("b", "s2", "s1")]))).toEqual({ a: { b: {} } });
});

it("begins a long run with its first and last steps, and says how many are between", () => {
  const marks = Array.from({ length: 1200 }, (_, at) => step(`p${at}`, "s1"));
  const chosen = chooseSteps(marks, false);
  expect([chosen.head.length, chosen.tail.length, chosen.left, chosen.tail.at(-1)]).toEqual([100, 300, 800, "p1199"]);
  expect(chooseSteps(marks, true).head).toHaveLength(1200);
});

it("sums tokens by agent to the total, and calls unpriced what cost nothing", () => {
  const end = (sessionId: string, input: number, cost: number) => ({
    ...step("e", sessionId),
    type: "step-finish",
    state: { cost, tokens: { input, output: 1, reasoning: 2, cache: { read: 3, write: 4 } } },
  });
  const sessions = [
    { id: "s1", kind: "main" as const, status: "active" },
    { id: "s2", kind: "sub" as const, status: "active", parentId: "s1", agent: "explore" },
  ];
  const { agents, total } = spentBy({ ends: [end("s1", 10, 0.5), end("s1", 20, 0.25), end("s2", 5, 0)], sessions });
  expect(agents.map(({ name, depth, input, unpriced }) => [name, depth, input, unpriced])).toEqual([
    ["main agent", 0, 38, false],
    ["explore", 1, 9, true],
  ]);
  expect(total.input).toBe(agents.reduce((sum, { input }) => sum + input, 0));
  expect(total.costMicros).toBe(750_000);
});
