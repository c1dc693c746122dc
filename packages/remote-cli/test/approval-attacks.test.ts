import type { ApprovalAction } from "@thor/domain/approval";
import { eventually } from "@thor/kit/testing/eventually";
import { expect, it } from "vitest";

import { ALICE, BOB, GUEST, issue, openApprovalWorld, STRANGER } from "./approval-world.ts";
import { signButton } from "./signed-button.ts";
import { SECRET } from "./world.ts";

type World = Awaited<ReturnType<typeof openApprovalWorld>>;
const created = (world: World) => world.sim.calls("createJiraIssue");
const stateOf = async (world: World, id: string) => (await world.record(id)).state;
const resolve = (id: string, voter: string, decision = "approved") => ["resolve", id, decision, voter];

/** A button as Thor would sign it, or as somebody with another secret would. */
async function signed(world: World, id: string, given: ApprovalAction | { action: ApprovalAction; secret: string }) {
  const { action, secret } = typeof given === "string" ? { action: given, secret: SECRET } : given;
  return signButton(action, { ...(await world.record(id)), team: world.sim.facts.slack.teamId }, secret);
}

it("does nothing for a button that is forged, borrowed, moved or pressed elsewhere, or an agent's own word", async () => {
  const world = await openApprovalWorld();
  const id = await world.ask();
  const other = await world.ask(issue({ summary: "Another" }));
  const own = await world.value(id, "approval_approve");
  const attacks = [
    {
      args: resolve(id, BOB),
      click: await world.clickOf(
        id,
        await signed(world, id, { action: "approve", secret: "another secret of enough characters" }),
      ),
    },
    { args: resolve(id, BOB), click: await world.clickOf(id, await world.value(other, "approval_approve")) },
    { args: resolve(id, BOB), click: await world.clickOf(id, await world.value(id, "approval_reject")) },
    {
      args: resolve(id, BOB),
      click: await world.clickOf(id, own, { messageTs: (await world.record(other)).messageTs }),
    },
    { args: resolve(id, BOB), click: await world.clickOf(id, own, { messageTs: world.thread.threadTs }) },
    { args: resolve(id, BOB), click: await world.clickOf(id, own, { channel: "C0RANDOM01" }) },
    { args: resolve(id, BOB), click: await world.clickOf(id, own, { team: "T0PARTNER1" }) },
    { args: resolve(id, BOB), click: await world.clickOf(id, "v3:unsigned") },
    { args: ["more", id, BOB], click: await world.clickOf(id, own) },
    { args: ["resolve", "0199-unknown", "approved", BOB], click: await world.clickOf(id, own) },
    { args: resolve(id, GUEST), click: await world.clickOf(id, own) },
    { args: resolve(id, STRANGER), click: await world.clickOf(id, own) },
    { args: resolve(id, BOB), click: { id: "c", via: "admin", fingerprint: { args: "x", context: "y" } } },
  ];
  for (const attack of attacks) expect(await world.post(attack)).toMatchObject({ status: 200, exitCode: 1 });
  const send = { args: resolve(id, BOB), click: await world.clickOf(id, own) };
  expect((await world.send("/exec/approval", send)).status).toBe(401);
  expect(
    (await world.send("/exec/approval", { args: resolve(id, BOB) }, world.as(world.thread.sessionId))).status,
  ).toBe(401);
  const block = {
    type: "actions",
    elements: [{ type: "button", action_id: "approval_approve", value: own, text: { type: "plain_text", text: "ok" } }],
  };
  const posted = await world.exec(world.thread.sessionId, "/exec/slack-post-message", {
    args: ["--channel", world.thread.channel, "--blocks-file", "/tmp/b.json"],
    stdin: "look",
    inlineFiles: [{ path: "/tmp/b.json", dataBase64: Buffer.from(JSON.stringify([block])).toString("base64") }],
  });
  expect(posted.status).toBe(400);
  expect([await stateOf(world, id), await stateOf(world, other)]).toEqual(["pending", "pending"]);
  expect(await created(world)).toEqual([]);
  const rows = (await world.ledger.auditPage({ limit: 100 })).rows.filter(({ decision }) => decision === "blocked");
  expect(rows.length).toBeGreaterThanOrEqual(attacks.length);
  const whispers = (await world.ledger.listPromises({ limit: 50 })).rows.filter(
    ({ kind }) => kind === "slack.ephemeral",
  );
  expect(whispers.length).toBeGreaterThan(0);
});

it("counts one click once and executes once, however often it arrives and whoever presses at the same time", async () => {
  const world = await openApprovalWorld();
  const id = await world.ask();
  expect(await world.ask()).toBe(id);
  const press = { args: resolve(id, BOB), click: await world.clickOf(id, await world.value(id, "approval_approve")) };
  const byAlice = {
    args: resolve(id, ALICE),
    click: await world.clickOf(id, await world.value(id, "approval_approve")),
  };
  await world.sim.fault("tools/call createJiraIssue", { delay: 300 });
  const answers = await Promise.all([press, press, byAlice, press, byAlice].map((body) => world.post(body)));
  expect(answers.filter(({ answer }) => answer?.kind === "final")).not.toHaveLength(0);
  await world.whenState(id, "done");
  expect(await world.post(press)).toMatchObject({ answer: { kind: "final", state: "done" } });
  expect(await created(world)).toHaveLength(1);
  expect(await world.outcomes()).toHaveLength(1);
  expect((await world.record(id)).votes.length).toBeLessThanOrEqual(2);
  const foreign = await world.second();
  const look = (sessionId: string, ...args: string[]) => world.exec(sessionId, "/exec/approval", { args });
  const [theirs, unknown] = [await look(foreign.sessionId, "status", id), await look(foreign.sessionId, "status", "x")];
  expect(theirs).toEqual(unknown);
  expect(theirs).toMatchObject({ status: 200, exitCode: 1, stderr: "No such approval in this conversation\n" });
  const own = await look(world.thread.sessionId, "status", id);
  expect(JSON.parse(own.stdout)).toMatchObject({ status: "approved", state: "done", result: { exitCode: 0 } });
  expect(own.stdout).not.toMatch(/"sig"|v4:/);
});

it("obeys the rules of the moment: who, how many, why, not the requester, and nothing after its time", async () => {
  const rule = {
    match: { upstream: "atlassian" },
    approvers: [BOB, ALICE, "S0ONCALL01"],
    selfApproval: false,
    quorum: 2,
    requireReason: "always",
  };
  const users = [
    { email: "alice@example.com", name: "Alice", slack: ALICE },
    { email: "bob@example.com", name: "Bob", slack: BOB },
  ];
  const approvals = (more: object) => ({ users, approvals: { rules: [{ ...rule, ...more }] } });
  const world = await openApprovalWorld({ thorJson: approvals({}) });
  const id = await world.ask();
  expect(await world.press(id, ["approved", ALICE], { reason: "mine" })).toMatchObject({
    answer: { rule: "self_approval" },
  });
  expect(await world.press(id, ["approved", BOB])).toMatchObject({ answer: { rule: "reason_required" } });
  const first = await world.press(id, ["approved", BOB], { reason: "fine" });
  expect(first).toMatchObject({ answer: { kind: "counted", have: 1, need: 2 } });
  expect(await world.press(id, ["approved", BOB], { reason: "again" })).toMatchObject({
    answer: { kind: "counted", have: 1 },
  });
  expect((await created(world)).length).toBe(0);

  // Bob leaves the list: his earlier yes no longer counts, and a single other one is not enough.
  world.configure(approvals({ approvers: [ALICE, GUEST], selfApproval: true }));
  await eventually("the new rule is in force", async () => {
    const { answer } = await world.press(id, ["approved", BOB], { reason: "still" });
    return answer?.kind === "refused" && answer.rule === "not_an_approver";
  });
  expect(await world.press(id, ["approved", ALICE], { reason: "ok" })).toMatchObject({
    answer: { kind: "counted", have: 1, need: 2 },
  });
  await world.sim.fault("usergroups.users.list", { slackError: "internal_error" });
  world.configure(approvals({ approvers: ["S0ENGINEER"], selfApproval: true, quorum: 1 }));
  await eventually("nobody is let in while a group cannot be read", async () => {
    const { answer } = await world.press(id, ["approved", BOB], { reason: "x" });
    return answer?.kind === "refused" && answer.rule === "unknown";
  });
  expect(await stateOf(world, id)).toBe("pending");
  await world.sim.send("DELETE", "/_sim/faults");

  const record = await world.record(id);
  const soon = { ...record, id: "0199-expiring", expiresAt: Date.now() + 300, argsSha256: "other" };
  const {
    votes: _v,
    state: _s,
    fence: _f,
    version: _n,
    sideEffect: _e,
    createdAt: _c,
    messageTs: _m,
    ...request
  } = soon;
  const audit = { service: "test", event: "x", actorKind: "system", actor: "t", target: "t", decision: "d" } as const;
  const { requesters: _r, ...rest } = request;
  await world.ledger.createApproval({
    request: { ...rest, requesters: [{ kind: "slack", id: ALICE }] },
    maxPending: 10,
    told: { audit },
  });
  await world.ledger.placeMessage({
    table: "approvals",
    id: soon.id,
    channel: soon.channel,
    messageTs: "1700000000.000001",
  });
  await eventually("it expired", () => Date.now() > soon.expiresAt);
  const late = {
    args: [...resolve(soon.id, BOB), "late"],
    click: await world.clickOf(soon.id, await signed(world, soon.id, "approve")),
  };
  expect(await world.post(late)).toMatchObject({
    answer: { kind: "refused", rule: expect.stringMatching(/expired|decided/) },
  });
  expect((await created(world)).length).toBe(0);
});

it("vetoes what is no longer what was approved, and what can no longer run", async () => {
  const world = await openApprovalWorld();
  const id = await world.ask();
  const own = await world.ask(issue({ summary: "Withdrawn" }));
  expect(await world.exec(world.thread.sessionId, "/exec/approval", { args: ["cancel", own] })).toMatchObject({
    stdout: "withdrawn\n",
  });
  expect(await world.record(own)).toMatchObject({ state: "rejected", why: "withdrawn" });
  // The channel gets a profile with credentials of its own, which nobody has set.
  world.configure({ profiles: { OWN: { channels: [world.thread.channel], credentials: "own" } } });
  await eventually("the profile is in force", async () => (await world.mcp()).stdout === "");
  expect(await world.press(id, ["approved", BOB])).toMatchObject({ answer: { kind: "final", state: "rejected" } });
  expect(await world.record(id)).toMatchObject({ state: "rejected", why: "veto" });
  expect(await world.outcomes()).toMatchObject([
    { actionId: id, decision: "approved", resolutionStatus: "rejected", why: "veto" },
  ]);
  expect(await created(world)).toEqual([]);
});

it("lets a reviewer change the words, which then need an approval of their own", async () => {
  const world = await openApprovalWorld();
  const id = await world.ask();
  const edit = async (fields: object) => {
    const click = await world.clickOf(id, await signed(world, id, "editForm"));
    return world.post({ args: ["edit", id, BOB, JSON.stringify(fields)], click });
  };
  expect(await edit({ projectKey: "EVIL" })).toMatchObject({ answer: { rule: "edit" } });
  expect(await edit({ summary: "ghp_0123456789abcdefghijklmnop" })).toMatchObject({ answer: { rule: "edit" } });
  expect(await stateOf(world, id)).toBe("pending");
  const { answer } = await edit({ summary: "Cart breaks on checkout" });
  if (answer?.kind !== "replaced") throw new Error(JSON.stringify(answer));
  expect(await world.record(id)).toMatchObject({ state: "rejected", why: "edited", replacedBy: answer.id });
  expect(await world.outcomes()).toEqual([]);
  await eventually("the new card stands", async () => (await world.record(answer.id)).messageTs);
  expect(JSON.stringify(await world.messages())).toContain(`edited by <@${BOB}>: summary`);
  expect(await world.press(answer.id, ["approved", BOB])).toMatchObject({ answer: { kind: "final", state: "done" } });
  const [call, ...more] = await created(world);
  expect(more).toEqual([]);
  expect(call?.args).toMatchObject({ summary: "Cart breaks on checkout" });
  expect(String(call?.args["description"]).match(/AI-generated/g)).toHaveLength(1);
});

it("grants for a while, to the same people only, until it is revoked", async () => {
  const world = await openApprovalWorld();
  const id = await world.ask();
  const value = await world.value(id, "approval_more", "Approve and allow");
  const granted = { args: ["more", id, BOB], click: await world.clickOf(id, value) };
  expect(await world.post(granted)).toMatchObject({ answer: { kind: "final", state: "done" } });
  const direct = await world.mcp("atlassian", "createJiraIssue", issue({ summary: "Second" }));
  expect(direct).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('"key":"SHOP-2"') });
  const listed = await world.exec(world.thread.sessionId, "/exec/approval", { args: ["list"] });
  expect(JSON.parse(listed.stdout)).toMatchObject({ grants: [{ tool: "createJiraIssue", uses: 1, createdBy: BOB }] });
  const { anchorId, triggerId, runFence } = world.thread;
  await world.ledger.closeTrigger({ triggerId, runFence, status: "completed" });
  const next = await world.thread.open("trg_by_bob", [{ kind: "slack", id: BOB }]);
  expect(next.kind).toBe("opened");
  expect((await world.mcp("atlassian", "createJiraIssue", issue({ summary: "Third" }))).stdout).toContain(
    "approval_required",
  );
  const revoke = {
    args: ["revoke", `${id}-grant`, ALICE],
    click: await world.clickOf(id, await signedRevoke(world, id)),
  };
  expect(await world.post(revoke)).toMatchObject({ answer: { kind: "revoked" } });
  expect(await world.ledger.activeGrants({ now: Date.now(), scopeKey: anchorId })).toEqual([]);
  expect(await created(world)).toHaveLength(2);
});

const signedRevoke = async (world: World, id: string) =>
  signButton("revoke", { ...(await world.record(id)), id: `${id}-grant`, team: world.sim.facts.slack.teamId });

it("posts a long request as a card and its mandatory file, and asks for nothing that cannot be shown", async () => {
  const world = await openApprovalWorld();
  const long = "every word counts ".repeat(316);
  const id = await world.ask(issue({ description: long }));
  expect(JSON.stringify(await world.messages())).toContain(`approval-createJiraIssue-${id}.md`);
  await world.sim.fault("files.completeUploadExternal", { slackError: "not_in_channel" });
  const refused = await world.mcp("atlassian", "createJiraIssue", issue({ description: `${long}!` }));
  expect(refused).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("not_in_channel") });
  const { rows } = await world.ledger.listApprovals({ anchorId: world.thread.anchorId, limit: 10 });
  expect(rows.map(({ state, why }) => [state, why])).toEqual([
    ["rejected", "post_failed"],
    ["pending", undefined],
  ]);
});
