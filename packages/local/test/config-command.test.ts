import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { tempDir } from "@thor/kit/testing/temp-dir";
import { expect, it } from "vitest";

import { configCommand } from "../src/config-command.ts";

/** Runs `thor config …` on a file of this text. */
async function run(args: readonly string[], text = "{}") {
  const path = join(tempDir(), "thor.json");
  writeFileSync(path, text);
  const said: { out: string[]; err: string[] } = { out: [], err: [] };
  const speaker = { out: (line: string) => said.out.push(line), err: (line: string) => said.err.push(line) };
  const code = await configCommand(
    args,
    { CONFIG_PATH: path },
    { out: (line) => void speaker.out(line), err: (line) => void speaker.err(line) },
  );
  return { code, path, ...said };
}

const PROFILED = JSON.stringify({
  profiles: { BILLING: { channels: ["C0BILL"], repos: ["billing"] } },
  approvals: { rules: [{ match: { upstream: "aws", where: { account: "1*" } }, approvers: ["U0ADA"] }] },
});

it("lists every fault of the file, and exits 0 only when there is none", async () => {
  const faulty = await run(["check"], '{"ownrs": {}, "users": [{"email": "a@b.example", "name": "A", "slak": "U1"}]}');
  expect(faulty).toMatchObject({
    code: 1,
    out: [
      '- ownrs: unknown key "ownrs". Did you mean "owners"?',
      '- users[0].slak: unknown key "slak". Did you mean "slack"?',
    ],
  });
  const { code, out, path } = await run(["check"]);
  expect([code, out]).toEqual([0, [`${path} is valid`]]);
  expect(await run(["check", `${path}.none`])).toMatchObject({ code: 1, out: ["- (root): is missing"] });
});

it("prints the schema", async () => {
  const { code, out } = await run(["schema"]);
  expect(code).toBe(0);
  expect(JSON.parse(out.join("\n"))).toMatchObject({ title: "thor.json", type: "object" });
});

it("explains which profile and which approval rule apply", async () => {
  const profile = await run(["explain", "profile", "--channel", "C0BILL", "--repo", "billing"], PROFILED);
  expect(profile).toMatchObject({ code: 0, err: [] });
  expect(profile.out[0]).toMatch(/^profile BILLING:/);
  const asked = ["explain", "approval", "--upstream", "aws", "--tool", "awsExec", "--args", '{"account":"12"}'];
  const approval = await run(asked, PROFILED);
  expect(approval.out.slice(0, 2)).toEqual([
    'approvals.rules[0] {"upstream":"aws","where":{"account":"1*"}}',
    "approvers: U0ADA",
  ]);
});

it.each([
  [[]],
  [["explain", "approval"]],
  [["explain", "approval", "--upstream", "aws", "--tool", "x", "--args", "{"]],
])("answers %j with how it is used", async (args) => {
  const { code, err } = await run(args);
  expect(code).toBe(2);
  expect(err.join("\n")).toContain("thor config check [file]");
});

it("explains nothing from a file that is not valid", async () => {
  expect(await run(["explain", "profile"], '{"x": 1}')).toMatchObject({ code: 1, out: [] });
});
