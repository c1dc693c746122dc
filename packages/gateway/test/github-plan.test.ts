import { eventually } from "@thor/kit/testing/eventually";
import { describe, expect, it } from "vitest";

import { checkSuite, closedRequest, onPullRequest, review } from "./github-payloads.ts";
import { startGithubWorld, view, type GithubWorld } from "./github-world.ts";
import { ledgerOf } from "./world.ts";

const AUTHOR = { stdout: "4242+thor[bot]@users.noreply.github.com\n" };
const CHECKS = "gh pr checks 7 --json name,state,bucket,link,description,workflow";
const rows = (bucket: string) => ({ stdout: JSON.stringify([{ name: "ci", state: "x", bucket }]) });

/** Makes the branch `feature` a conversation. */
async function engage(world: GithubWorld) {
  await world.deliver(review("@thor start"), { event: "pull_request_review" });
  await world.prompts(1);
}
const comment = (world: GithubWorld, text: string) => world.deliver(onPullRequest(text), { event: "issue_comment" });
const finish = (world: GithubWorld, more: object = {}) => world.deliver(checkSuite(more), { event: "check_suite" });

/** Reads where an event stands, in a ledger opened beside the gateway's. */
async function eventStates(world: GithubWorld) {
  const ledger = await ledgerOf(world);
  const stateOf = async ({ body }: { body: Record<string, unknown> }) => {
    const listed = await ledger.listEvents({ source: "github", limit: 50 });
    const row = listed.rows.find(({ id }) => id === body["eventId"]);
    return { state: row?.state, reason: row?.reason };
  };
  return { ledger, stateOf };
}

describe("a comment on a pull request", () => {
  it("runs in the branch's conversation on the third try when GitHub fails twice, at its first age", async () => {
    const world = await startGithubWorld();
    world.setRemote(({ args }, earlier) => {
      if (args[1] !== "view") return {};
      return earlier < 2 ? { stderr: "HTTP 502: Bad gateway", exitCode: 1 } : view();
    });
    await engage(world);
    await comment(world, "@thor what about this");
    const prompts = await world.prompts(2);
    expect(prompts[1]).toContain('"head_ref": "feature"');
    expect(world.heard[1]).toMatchObject({
      correlationKey: "git:branch:demo:feature",
      anchorId: world.heard[0]?.anchorId,
      triggerGithubLogin: "alice",
    });
    expect(
      world.commands().filter((line) => line.startsWith("gh pr view 7 --repo acme/demo --json head")),
    ).toHaveLength(3);
  });

  it("of a request that is gone ends in one comment that says so, sent once though its end was unclear", async () => {
    const world = await startGithubWorld();
    const posted: string[] = [];
    world.setRemote(({ args }, earlier) => {
      if (args[1] === "view") return { stderr: "HTTP 404: Not Found", exitCode: 1 };
      const line = args.join(" ");
      if (line.includes("-X GET")) return { stdout: JSON.stringify(posted.map((body, id) => ({ id, body }))) };
      if (!line.includes("-X POST repos/acme/demo/issues/7/comments")) return {};
      posted.push(args.at(-1) ?? "");
      return earlier === 0 ? 500 : {};
    });
    const { ledger, stateOf } = await eventStates(world);
    const asked = await comment(world, "@thor hello");
    await eventually("the comment", () => posted.length > 0);
    expect(posted[0]).toMatch(/^body=I could not start on this: `branch_not_found`[^]*<!-- thor:[^ ]+ -->$/);
    await eventually("the dead letter", async () => (await stateOf(asked)).state === "dead");
    await eventually("the promise is kept", async () => (await ledger.queueStats()).outbox.pending === 0);
    expect([posted.length, world.heard.length]).toEqual([1, 0]);
  });

  it("of a fork goes to the fork's conversation and says so", async () => {
    const world = await startGithubWorld();
    world.setRemote(({ args }) => (args[1] === "view" ? view({ headRepositoryOwner: { login: "eve" } }) : {}));
    await comment(world, "@thor hello");
    const [prompt] = await world.prompts(1);
    expect(world.heard[0]?.correlationKey).toBe("git:branch:demo:fork/eve/feature");
    expect(prompt).toContain("head belongs to eve; never push to it");
  });
});

describe("check suites", () => {
  it("wait for the last check without holding up people, then wake the branch once, for the newest", async () => {
    const world = await startGithubWorld();
    let bucket = "pending";
    world.setRemote(({ bin, args }) => {
      if (args[1] === "view") return view();
      if (bin === "git") return args[0] === "log" ? AUTHOR : {};
      if (args[1] !== "checks") return {};
      return args.includes("--json") ? rows(bucket) : { stdout: "ci\tpass" };
    });
    const { stateOf } = await eventStates(world);
    await engage(world);
    const older = await finish(world, { updated_at: "2026-01-01T00:00:00Z" });
    await eventually("the first look", () => world.commands().includes(CHECKS));
    const newest = await finish(world, { updated_at: "2026-01-01T00:01:00Z" });
    await comment(world, "@thor meanwhile");
    const [, second] = await world.prompts(2);
    expect(second).toContain("meanwhile");
    await eventually("the older one has ended", async () => (await stateOf(older)).reason === "superseded");
    bucket = "pass";
    const [, , third] = await world.prompts(3);
    expect(third).toMatch(/"pr_checks_summary": \[[^]*"bucket": "pass"/);
    expect(third).toContain('"command": "gh pr checks 7"');
    expect(world.heard[2]).toMatchObject({ interrupt: false, anchorId: world.heard[0]?.anchorId });
    await eventually("the newest is done", async () => (await stateOf(newest)).state === "done");
    expect(world.heard).toHaveLength(3);
  });

  it("of a commit that is not Thor's, or of no conversation, wake nobody", async () => {
    const world = await startGithubWorld();
    world.setRemote(({ bin, args }) => {
      if (bin === "git") return args[0] === "log" ? { stdout: "eve@example.com" } : {};
      return args[1] === "checks" ? rows("pass") : {};
    });
    expect((await finish(world)).body["reason"]).toBe("correlation_key_unresolved");
    await engage(world);
    const { stateOf } = await eventStates(world);
    const foreign = await finish(world);
    await eventually("the refusal", async () => (await stateOf(foreign)).reason === "check_suite_gate_failed");
    expect(world.heard).toHaveLength(1);
  });
});

it("tells a conversation that its pull request was closed, without interrupting it", async () => {
  const world = await startGithubWorld();
  const close = () => world.deliver(closedRequest(), { event: "pull_request" });
  expect((await close()).body["reason"]).toBe("correlation_key_unresolved");
  await engage(world);
  await world.deliver(closedRequest({ merged: true }), { event: "pull_request" });
  const [, prompt] = await world.prompts(2);
  expect(prompt).toContain('"merged_at": null');
  expect(world.heard[1]).toMatchObject({ interrupt: false, correlationKey: "git:branch:demo:feature" });
});
