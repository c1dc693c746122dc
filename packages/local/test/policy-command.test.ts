import { expect, it } from "vitest";

import { policyCommand } from "../src/policy-command.ts";

async function say(...args: string[]) {
  const said = { out: [] as string[], err: [] as string[] };
  const speaker = { out: (line: string) => void said.out.push(line), err: (line: string) => void said.err.push(line) };
  const code = await policyCommand(args, { THOR_DATA_DIR: "/nonexistent" }, speaker);
  return { code, ...said };
}

it("explains a command in one line of JSON, with the words that would run", async () => {
  const { code, out } = await say("explain", "--json", "--", "git", "status", "-sb");
  expect({ code, lines: out.length }).toEqual({ code: 0, lines: 1 });
  expect(JSON.parse(out[0] ?? "")).toEqual({
    decision: "allow",
    rule: "status",
    canonical: ["status", "--short", "--branch", "--ignore-submodules=all"],
  });
});

it("explains a refusal to a person, with what to do instead", async () => {
  const { code, out } = await say("explain", "--", "git", "push", "--force", "origin", "x");
  expect(code).toBe(0);
  expect(out.join("\n")).toMatch(/^deny \(option\.unknown\)\n"git push --force origin x" is not allowed\.\nReason: /);
  expect(out.join("\n")).toContain("Try instead: git push origin HEAD:refs/heads/<branch>");
});

it("stands where it is told to", async () => {
  const { out } = await say("explain", "--json", "--cwd", "/workspace/repos/r", "--", "git", "add", "-A");
  expect(JSON.parse(out[0] ?? "")).toMatchObject({ decision: "deny", rule: "main_clone.read_only" });
});

it("explains where project code may run", async () => {
  const rule = async (...words: string[]) => {
    const { out } = await say("explain", "--json", ...words);
    const said: unknown = JSON.parse(out[0] ?? "");
    return said;
  };
  expect(await rule("--", "sandbox", "npm", "test")).toMatchObject({ decision: "allow", rule: "exec" });
  expect(await rule("--", "sandbox", "--no-such", "npm")).toMatchObject({ decision: "deny", rule: "arguments" });
  expect(await rule("--cwd", "/workspace/repos/r", "--", "sandbox", "npm", "test")).toMatchObject({
    decision: "deny",
    rule: "cwd.worktree",
  });
});

it("says what is wrong with a question that it cannot answer", async () => {
  expect(await say("explain", "--json")).toMatchObject({ code: 2, out: [] });
  expect(await say("explain", "--", "rm", "-rf")).toMatchObject({
    code: 2,
    err: [expect.stringContaining("unknown tool rm")],
  });
  expect(await say("explain", "--session", "ses_1", "--", "git", "status")).toMatchObject({
    code: 2,
    err: [expect.stringContaining("no Thor runs here")],
  });
});
