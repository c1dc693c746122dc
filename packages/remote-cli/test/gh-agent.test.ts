/** The real gh as the agent uses it, against the simulated GitHub over TLS. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";

import { parseApprovalValue } from "@thor/domain/approval";
import { type RunningSimulators, startSimulators } from "@thor/simulators/start";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";

import { signButton } from "./signed-button.ts";
import { simulatedGithub } from "./simulated-github.ts";
import { installedAt, openWorld } from "./world.ts";

const hasGh = spawnSync("gh", ["--version"]).status === 0;
if (!hasGh) process.stderr.write("SKIPPED: the agent's gh, because gh is not installed here\n");

let sim: RunningSimulators;
beforeAll(async () => {
  sim = await startSimulators();
});
afterAll(() => sim.close());

const post = async (body: object) => {
  const headers = { "content-type": "application/json" };
  return (await fetch(`${sim.facts.url}/_sim/act`, { method: "POST", headers, body: JSON.stringify(body) })).json();
};
const Issues = z.array(
  z.looseObject({
    number: z.number(),
    title: z.string(),
    body: z.string(),
    assignees: z.array(z.string()).default([]),
    comments: z.array(z.looseObject({ body: z.string() })),
    reviews: z.array(z.looseObject({ body: z.string(), state: z.string() })).default([]),
  }),
);
const issues = async () => {
  const { owner, repo } = sim.facts.github;
  const shown: unknown = await (await fetch(`${sim.facts.url}/_sim/github/issues/${owner}/${repo}`)).json();
  return Issues.parse(shown);
};

/** A worktree of the simulated repository on a branch that is pushed. */
async function settle(branch: string, env: Record<string, string> = {}) {
  const { github } = sim.facts;
  const host = new URL(github.gitUrl).host;
  const world = await openWorld({ ...simulatedGithub(sim.facts), ...env }, installedAt(github.installationId));
  const main = join(world.workspace, "repos", "demo");
  const worktree = join(world.workspace, "worktrees", "demo", branch);
  const must = async (args: string[], cwd: string) => expect(await world.git(args, cwd)).toMatchObject({ exitCode: 0 });
  await must(["clone", `https://${host}/acme/demo`], join(world.workspace, "repos"));
  await must(["worktree", "add", "-b", branch, worktree, "origin/main"], main);
  await must(["push", "origin", `HEAD:refs/heads/${branch}`], worktree);
  await post({ sim: "github", do: "push", as: "bob", repo: "acme/demo", branch, message: "Say", files: { x: branch } });
  const gh = (args: string, stdin?: string) =>
    world.exec(world.first.sessionId, "/exec/gh", {
      args: args.split(" "),
      cwd: worktree,
      ...(stdin === undefined ? {} : { stdin }),
    });
  return { world, gh };
}

describe.skipIf(!hasGh)("the agent's gh", () => {
  it("proposes a branch with the disclaimer below, assigned to the person who asked", async () => {
    const { world, gh } = await settle("feat/one");
    const made = await gh("pr create --title One --body-file -", "What it does.\n");
    expect(made).toMatchObject({
      status: 200,
      exitCode: 0,
      stdout: expect.stringMatching(/\/acme\/demo\/pull\/\d+\n$/),
    });
    const proposal = (await issues()).find(({ title }) => title === "One");
    const { anchorId, triggerId } = world.first;
    expect(proposal?.body).toBe(
      `What it does.\n\n---\nAI-generated — verify before acting. [View Thor context](https://thor.example/runner/v/${anchorId}/${triggerId})\n`,
    );
    expect(proposal?.assignees).toEqual(["alice"]);
    expect(await gh("pr view --json title,headRefName")).toMatchObject({
      exitCode: 0,
      stdout: '{"headRefName":"feat/one","title":"One"}\n',
    });
    const audit = await world.ledger.auditPage({ event: "attribution_applied", limit: 5 });
    expect(JSON.stringify(audit)).toContain('"outcome":"applied"');
  });

  it("comments and reviews with the disclaimer, and shows no token to any expression", async () => {
    const { gh } = await settle("feat/two", { THOR_EXEC_SANDBOX: "auto" });
    const number = /(\d+)\n$/.exec((await gh("pr create --title Two --body-file -", "x")).stdout)?.[1] ?? "";
    expect(await gh(`pr comment ${number} --body-file -`, "Done.")).toMatchObject({ exitCode: 0 });
    expect(await gh("pr review --comment --body-file -", "Looks odd.")).toMatchObject({ exitCode: 0 });
    const proposal = (await issues()).find(({ title }) => title === "Two");
    for (const { body } of [...(proposal?.comments ?? []), ...(proposal?.reviews ?? [])])
      expect(body.split("AI-generated")).toHaveLength(2);
    expect(proposal?.comments).toHaveLength(1);
    const shown = await gh("pr list --json number --jq env");
    expect(shown.exitCode).toBe(0);
    expect(JSON.parse(shown.stdout)).toMatchObject({ GH_TOKEN: "thor-broker", PATH: "/nonexistent" });
    expect(shown.stdout).not.toMatch(/ghs_|secret|xoxb/);
    expect(await gh("auth status")).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining("Repository: acme/demo"),
    });
  });

  it("reads issues, checks and the API of its own repository only", async () => {
    const { world, gh } = await settle("feat/three");
    expect((await gh("issue list --state all")).stdout).toContain("The greeting has a typo");
    expect(await gh("issue view 1 --json title --jq .title")).toMatchObject({ stdout: "The greeting has a typo\n" });
    expect(await gh("api repos/{owner}/{repo} --jq .full_name")).toMatchObject({ stdout: "acme/demo\n" });
    const made = await gh("pr create --title Three --body-file -", "x");
    const number = /(\d+)\n$/.exec(made.stdout)?.[1] ?? "";
    expect(await gh(`pr checks ${number} --json name`)).toMatchObject({ exitCode: 0, stdout: "[]\n" });
    await post({
      sim: "github",
      do: "check",
      as: "bob",
      repo: "acme/demo",
      branch: "feat/three",
      name: "test",
      workflow: "CI",
      conclusion: "failure",
    });
    expect(JSON.parse((await gh(`pr checks ${number} --json name,bucket,workflow`)).stdout)).toEqual([
      { name: "test", bucket: "fail", workflow: "CI" },
    ]);
    const asked = await gh("issue create --title New --body-file -", "x");
    const { actionId } = z.object({ actionId: z.string() }).parse(JSON.parse(asked.stdout));
    const newOnes = async () => (await issues()).filter(({ title }) => title === "New");
    expect(await newOnes()).toEqual([]);
    const approval = await world.ledger.approvalById({ id: actionId });
    if (approval?.messageTs === undefined) throw new Error("the request has no card");
    expect(approval).toMatchObject({ store: "gh", tool: "ghIssueCreate", args: { title: "New" } });
    const team = "T0TEST";
    const sig = parseApprovalValue(signButton("approve", { ...approval, team }))?.sig;
    const { channel, messageTs } = approval;
    const click = { via: "slack", id: "click-1", team, channel, messageTs, sig };
    const decided = await world.internal("/exec/approval", { args: ["resolve", actionId, "approved", "U0ADA"], click });
    expect(decided).toMatchObject({ status: 200, text: expect.stringContaining("done") });
    const [created] = await newOnes();
    expect(created).toMatchObject({ body: expect.stringMatching(/^x\n\n---\nAI-generated/), assignees: ["alice"] });
    expect(await world.ledger.anchorOf({ type: "github.issue", value: `demo:acme/demo#${created?.number}` })).toEqual({
      kind: "known",
      anchorId: world.first.anchorId,
    });
    expect(await gh("pr comment 1 --body-file -", " \n")).toMatchObject({ status: 400 });
    expect(await gh("pr comment 1 --body-file -", "xoxb-test-token-of-the-world")).toMatchObject({
      status: 400,
      stderr: expect.stringContaining("slack-token"),
    });
  });
});
