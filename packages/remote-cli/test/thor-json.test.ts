/** What running sessions may still use while thor.json changes or breaks under them. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { eventually } from "@thor/kit/testing/eventually";
import { expect, it } from "vitest";

import { ALICE, BOB, GUEST, issue, openApprovalWorld, startSim } from "./approval-world.ts";
import { installedAt, openWorld } from "./world.ts";

const NOT_HERE = "Integration not available in this thread context";
const DATABASES = JSON.stringify({
  db: { host: "127.0.0.1", port: 1, database: "db", user: "nobody", password: "none" },
});
const MINUTE_MS = 60_000;

/** A session of #open in a profile with databases and an Atlassian of its own; both exist globally as well. */
async function openProfiled() {
  const sim = await startSim();
  const env = {
    ATLASSIAN_AUTH_OPS: sim.env.ATLASSIAN_AUTH,
    ATLASSIAN_CLOUD_ID_OPS: "cloud-1",
    ATLASSIAN_CLOUD_ID: "cloud-of-all",
    PSQL_DATABASES: DATABASES,
    PSQL_DATABASES_OPS: DATABASES,
  };
  const profiles = { OPS: { channels: ["C0OPEN1", "C0OTHER"] } };
  const world = await openWorld({ ...sim.env, ...env }, { profiles });
  const exec = (tool: string, ...args: string[]) => world.exec(world.first.sessionId, `/exec/${tool}`, { args });
  const callsAs = async (cloudId: string) =>
    (await sim.calls("atlassianUserInfo")).filter(({ args }) => args["cloudId"] === cloudId).length;
  return { sim, world, exec, callsAs, user: () => exec("mcp", "atlassian", "atlassianUserInfo", "{}") };
}

it("takes the credentials of a profile from a session whose channel left it", async () => {
  const { world, user, callsAs } = await openProfiled();
  expect(await user()).toMatchObject({ exitCode: 0 });
  expect(await callsAs("cloud-1")).toBe(1);
  world.configure({ profiles: { OPS: { channels: ["C0OTHER"] } } });
  await eventually("the channel has lost its profile", async () => {
    const { stderr } = await user();
    return stderr.includes("no access to this site") || undefined;
  });
  const asked = await callsAs("cloud-1");
  await user();
  expect(await callsAs("cloud-1")).toBe(asked);
});

it("gives a session nothing, and never what is everybody's, once its profile has been unreadable for a minute", async () => {
  const { world, exec, user, callsAs } = await openProfiled();
  writeFileSync(join(world.workspace, "config", "thor.json"), "{ unreadable");
  const brokenAt = Date.now();
  await new Promise((resolve) => setTimeout(resolve, 8000));
  expect(await user()).toMatchObject({ exitCode: 0 });
  await new Promise((resolve) => setTimeout(resolve, brokenAt + MINUTE_MS + 7000 - Date.now()));
  expect(await user()).toMatchObject({ exitCode: 1, stderr: `${NOT_HERE}\n` });
  expect((await exec("psql", "db", "-c", "select 1")).stderr).toContain(
    "credentials for this conversation are ambiguous",
  );
  expect([await callsAs("cloud-1"), await callsAs("cloud-of-all")]).toEqual([1, 0]);
});

it("keeps a branch protected that a faulty file protects no more", async () => {
  const world = await openWorld();
  await world.settle();
  const push = () => world.git("push origin HEAD:refs/heads/release/1", world.worktree);
  const refusal = await push();
  expect(refusal.stderr).toContain("protected");
  const unprotected = { ...installedAt(7), github: { protectedBranches: [] } };
  world.configure({ ...unprotected, profiles: "no profiles" });
  const until = Date.now() + 3000;
  while (Date.now() < until) expect(await push()).toEqual(refusal);
  world.configure(unprotected);
  await eventually("a good file is believed", async () => (await push()).exitCode === 0);
});

it("lets nobody approve by rules that are in doubt, and anybody still say no", async () => {
  const rules = (approvers: string[]) => ({ approvals: { rules: [{ match: { upstream: "atlassian" }, approvers }] } });
  const world = await openApprovalWorld({ thorJson: rules([BOB]) });
  const [wanted, unwanted] = [await world.ask(), await world.ask(issue({ summary: "Another" }))];
  world.configure({ ...rules([ALICE]), owners: "not owners" });
  await eventually("the file is in doubt", async () => {
    const { answer } = await world.press(wanted, ["approved", GUEST]);
    return answer?.kind === "refused" && answer.rule === "config_faulty" ? true : undefined;
  });
  for (const voter of [ALICE, BOB])
    expect(await world.press(wanted, ["approved", voter])).toMatchObject({ answer: { kind: "refused" } });
  expect(await world.press(unwanted, ["rejected", BOB])).toMatchObject({
    answer: { kind: "final", state: "rejected" },
  });
  expect(await world.sim.calls("createJiraIssue")).toEqual([]);

  world.configure(rules([BOB]));
  await eventually("the file is good again", async () => {
    const { answer } = await world.press(wanted, ["approved", BOB]);
    return answer?.kind !== "refused" || undefined;
  });
  await world.whenState(wanted, "done");
});
