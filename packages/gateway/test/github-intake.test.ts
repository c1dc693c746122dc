import { randomUUID } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import examples from "@octokit/webhooks-examples" with { type: "json" };
import { eventually } from "@thor/kit/testing/eventually";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";

import { INSTALLATION, issueComment, onPullRequest, push, review, reviewComment } from "./github-payloads.ts";
import { startGithubWorld } from "./github-world.ts";
import { ledgerOf } from "./world.ts";

const Examples = z.array(z.object({ name: z.string(), examples: z.array(z.record(z.string(), z.unknown())) }));
const issue = { event: "issue_comment" };

describe("the signed door", () => {
  it("answers 401 to a wrong, missing or doubled signature and stores nothing", async () => {
    const world = await startGithubWorld();
    const body = issueComment("@thor forged-text");
    const forged = [
      `sha256=${"0".repeat(64)}`,
      "sha256=",
      "",
      "sha1=abc",
      `sha256=${"0".repeat(64)}, sha256=${"0".repeat(64)}`,
    ];
    for (const signature of forged) {
      const answer = await world.deliver(body, { ...issue, headers: { "x-hub-signature-256": signature } });
      expect(answer).toEqual({ status: 401, body: { error: "Invalid GitHub signature" } });
    }
    expect(world.ledgerText().includes("forged-text")).toBe(false);
  });

  it("takes 25 MiB and no more, any content type, and says why it ignores what it cannot read", async () => {
    const world = await startGithubWorld({ config: { github: { bots: ["renovate[bot]"] } } });
    const reasonOf = async (body: object | string, posting: { event: string; headers?: Record<string, string> }) => {
      const { status, body: answer } = await world.deliver(body, posting);
      return [status, answer["reason"]];
    };
    const large = await world.deliver("x".repeat(26 * 1024 * 1024), issue);
    expect(large).toEqual({ status: 413, body: { error: "body_too_large", limit: 26_214_400 } });
    expect(await reasonOf("x".repeat(2 * 1024 * 1024), issue)).toEqual([200, "json_parse_error"]);
    expect(await reasonOf('{"action":"created","issue"', issue)).toEqual([200, "json_parse_error"]);
    const typed = { ...issue, headers: { "content-type": "text/plain" } };
    expect(await reasonOf("", typed)).toEqual([200, "json_parse_error"]);
    expect(await reasonOf({ issue: {}, repository: "x" }, typed)).toEqual([200, "schema_validation_failed"]);
    expect(await reasonOf(issueComment("@thor"), { event: "star" })).toEqual([200, "event_unsupported"]);
    expect(await reasonOf(issueComment("@thor"), { event: "push" })).toEqual([200, "event_unsupported"]);
    expect(await reasonOf({ zen: "x" }, { event: "ping" })).toEqual([200, "handled"]);
    await fc.assert(
      fc.asyncProperty(fc.json(), fc.constantFrom("push", "issue_comment", "../x"), async (body, event) => {
        expect((await world.deliver(body, { event })).status).toBe(200);
      }),
      { numRuns: 40 },
    );
  });

  it("answers every example that GitHub publishes with an outcome or a reason", async () => {
    const config = { owners: { codertocat: { github_app_installation_id: INSTALLATION } } };
    const world = await startGithubWorld({ config });
    world.clone("Hello-World", "https://github.com/Codertocat/Hello-World");
    const installation = { id: INSTALLATION };
    const all = Examples.parse(examples).flatMap(({ name, examples: bodies }) =>
      bodies.map((body) => ({ name, body: { ...body, installation } })),
    );
    const answers = await Promise.all(all.map(async ({ name, body }) => world.deliver(body, { event: name })));
    const unclear = answers.filter(
      ({ status, body }) => status !== 200 || (body["reason"] ?? body["status"] ?? body["eventId"]) === undefined,
    );
    expect([unclear, answers.length > 200]).toEqual([[], true]);
    expect(new Set(answers.map(({ body }) => body["reason"] ?? body["status"]))).toEqual(
      new Set([
        "event_unsupported",
        "handled",
        "schema_validation_failed",
        "check_suite_pr_missing",
        "delete_after_dispatch",
        "edit_after_dispatch",
        "push_delete_non_branch_ref_ignored",
        "non_mention_comment",
        "empty_review_body",
        "correlation_key_unresolved",
        "push_accepted",
        "push_sync_non_branch_ref_ignored",
      ]),
    );
  });
});

describe("who is let in", () => {
  it("is an admitted owner's repository under its installation, cloned from there, and refusals are audited", async () => {
    const world = await startGithubWorld();
    const repository = (fullName: string) => ({ id: 1, full_name: fullName, default_branch: "main", private: true });
    const reasonOf = async (more: object) =>
      (await world.deliver({ ...issueComment("@thor"), ...more }, issue)).body["reason"];
    expect(await reasonOf({ repository: repository("acme/unknown") })).toBe("repo_not_mapped");
    expect(await reasonOf({ repository: repository("evil-org/demo") })).toBe("repository_owner_not_allowed");
    expect(await reasonOf({ installation: { id: 78 } })).toBe("installation_mismatch");
    expect(await reasonOf({ repository: repository("acme/other") })).toBe("repo_not_mapped");
    world.clone("other", "https://github.com/evil-org/other.git");
    expect(await reasonOf({ repository: repository("acme/other") })).toBe("repo_origin_mismatch");
    const ledger = await ledgerOf(world);
    const audit = await ledger.auditPage({ limit: 20 });
    expect(
      audit.rows
        .filter(({ event }) => event === "github_refused")
        .map(({ rule = "" }) => rule)
        .toSorted(),
    ).toEqual(["installation_mismatch", "repo_origin_mismatch", "repository_owner_not_allowed"]);
  });

  it("is a delivery that was refused, once the repository is cloned and GitHub delivers it again", async () => {
    const world = await startGithubWorld();
    const body = { ...issueComment("@thor"), repository: { id: 2, full_name: "acme/late", private: true } };
    const id = randomUUID();
    expect((await world.deliver(body, { ...issue, id })).body["reason"]).toBe("repo_not_mapped");
    world.clone("late", "git@github.com:ACME/late.git");
    expect((await world.deliver(body, { ...issue, id })).body).toMatchObject({ ok: true, eventId: expect.any(String) });
    await world.prompts(1);
    expect(world.heard[0]?.directory).toBe(`${world.workspace}/repos/late`);
  });

  it("is a person whom GitHub's association or thor.json vouches for, and no bot by association", async () => {
    const world = await startGithubWorld({ config: { github: { bots: ["renovate[bot]"] } } });
    const reasonOf = async (login: string, type: string, association: string) => {
      const user = { id: 50, login, type };
      const body = { ...issueComment("@thor", { comment: { user, author_association: association } }), sender: user };
      return (await world.deliver(body, issue)).body["reason"];
    };
    expect(await reasonOf("stranger", "User", "NONE")).toBe("sender_not_trusted");
    expect(await reasonOf("robot", "Bot", "MEMBER")).toBe("sender_not_trusted");
    expect(await reasonOf("renovate[bot]", "Bot", "NONE")).toBeUndefined();
    await world.prompts(1);
    expect(await reasonOf("vip", "User", "NONE")).toBeUndefined();
    await world.prompts(2);
    expect(world.heard).toHaveLength(2);
    expect(world.heard[1]).toMatchObject({ triggerGithubLogin: "vip", requesters: [{ kind: "github", id: "vip" }] });
  });
});

describe("an accepted comment", () => {
  it("is one run in the repository's directory, however it is delivered again, and is seen to be heard", async () => {
    const world = await startGithubWorld();
    const body = issueComment("@THOR please look");
    const id = randomUUID();
    expect((await world.deliver(body, { ...issue, id })).body["ok"]).toBe(true);
    expect((await world.deliver(body, { ...issue, id })).body).toMatchObject({ duplicate: true });
    expect((await world.deliver(body, issue)).body).toMatchObject({ reason: "duplicate_message" });
    expect((await world.deliver(body, { ...issue, id: "../../x" })).body).toMatchObject({ duplicate: true });
    const [prompt] = await world.prompts(1);
    expect(JSON.parse(prompt ?? "")).toMatchObject({ event_type: "issue_comment", comment: { id: body.comment.id } });
    expect(world.heard[0]).toMatchObject({
      interrupt: true,
      correlationKey: "github:issue:demo:acme/demo#5",
      directory: `${world.workspace}/repos/demo`,
      replyTo: { kind: "github", repo: "acme/demo", number: 5 },
    });
    const receipt = `gh api -X POST repos/acme/demo/issues/comments/${body.comment.id}/reactions -f content=eyes`;
    await eventually("the receipt", () => world.commands().includes(receipt));
    expect((await world.deliver(issueComment("and this"), issue)).body["eventId"]).toBeDefined();
    await world.prompts(2);
    const outsider = issueComment("me too", { comment: { author_association: "NONE" } });
    expect((await world.deliver(outsider, issue)).body["reason"]).toBe("sender_not_trusted");
  });

  it("travels with its new words when it was edited while it waited, and not at all when deleted", async () => {
    const world = await startGithubWorld({ env: { THOR_QUIET_WINDOW_MS: "1500", THOR_QUIET_CAP_MS: "4000" } });
    const first = issueComment("@thor old-words");
    const second = issueComment("@thor regretted-words", { issue: { number: 6 } });
    await world.deliver(first, issue);
    await world.deliver(second, issue);
    const edited = { ...first, action: "edited", comment: { ...first.comment, body: "@thor new-words" } };
    expect((await world.deliver(edited, issue)).body["ok"]).toBe(true);
    const removed = await world.deliver({ ...second, action: "deleted" }, issue);
    expect(removed.body["reason"]).toBe("message_deleted");
    const [prompt] = await world.prompts(1);
    expect(prompt).toMatch(/new-words[^]*"edited": true/);
    const late = await world.deliver({ ...edited, comment: { ...first.comment, body: "@thor late" } }, issue);
    expect(late.body["reason"]).toBe("edit_after_dispatch");
    expect((await world.deliver({ ...first, action: "deleted" }, issue)).body["reason"]).toBe("delete_after_dispatch");
    expect(world.heard).toHaveLength(1);
  });

  it("arrives with its whole review in one dispatch that interrupts once, with all that the agent needs", async () => {
    const world = await startGithubWorld();
    const comments = Array.from({ length: 5 }, (_, at) => reviewComment(`@thor point ${at}`));
    const burst = [
      world.deliver(review("@thor please"), { event: "pull_request_review" }),
      ...comments.map((body) => world.deliver(body, { event: "pull_request_review_comment" })),
    ];
    await Promise.all(burst);
    const [prompt] = await world.prompts(1);
    expect(world.heard[0]).toMatchObject({ interrupt: true, correlationKey: "git:branch:demo:feature" });
    expect(world.heard[0]?.eventIds).toHaveLength(6);
    for (const part of ['"path": "src/a.ts"', '"line": 3', '"diff_hunk": "@@ -1 +1 @@"', '"in_reply_to_id": 9'])
      expect(prompt).toContain(part);
    for (const part of ['"title": "Add a feature"', '"body": "It adds a feature."', `"id": ${comments[0]?.comment.id}`])
      expect(prompt).toContain(part);
  });

  it("of a fork has a conversation of its own, whose prompt warns, even when the fork is gone", async () => {
    const world = await startGithubWorld();
    const sha = "a".repeat(40);
    const fork = { head: { ref: "feature", sha, repo: { full_name: "eve/demo" } } };
    const gone = { head: { ref: "feature", sha, repo: null } };
    await world.deliver(review("@thor own"), { event: "pull_request_review" });
    await world.deliver(review("@thor fork", { pull_request: fork }), { event: "pull_request_review" });
    await world.deliver(review("@thor gone", { pull_request: gone }), { event: "pull_request_review" });
    await world.prompts(3);
    const keys = world.heard.map(({ correlationKey }) => correlationKey);
    expect(keys.toSorted()).toEqual([
      "git:branch:demo:feature",
      "git:branch:demo:fork/alice/feature",
      "git:branch:demo:fork/eve/feature",
    ]);
    const warned = world.heard.filter(({ prompt }) => prompt.includes("never push to it"));
    expect(warned).toHaveLength(2);
  });
});

it("answers a push at once: ignored refs by name, branches as accepted", async () => {
  const world = await startGithubWorld();
  const of = async (ref: string, more: object = {}) => (await world.deliver(push(ref, more), { event: "push" })).body;
  expect(await of("refs/tags/v1")).toEqual({ ok: true, status: "push_sync_non_branch_ref_ignored", ignored: true });
  expect(await of("refs/heads/main", { deleted: true })).toMatchObject({
    status: "push_delete_default_branch_ignored",
  });
  expect(await of("refs/heads/topic")).toEqual({ ok: true, status: "push_accepted" });
});

it("reads a clone's origin anew when it changes", async () => {
  const world = await startGithubWorld();
  const body = () => onPullRequest("hello");
  expect((await world.deliver(body(), issue)).body["reason"]).toBe("non_mention_comment");
  const path = join(world.workspace, "repos/demo/.git/config");
  writeFileSync(path, '[remote "origin"]\n\turl = https://github.com/someone/else-entirely\n');
  expect((await world.deliver(body(), issue)).body["reason"]).toBe("repo_origin_mismatch");
});

it("has GitHub deliver again, after a start, what nobody took in three days", async () => {
  const world = await startGithubWorld({ env: { THOR_BACKFILL: "1" } });
  const [asked] = await eventually("the request", () =>
    world.redeliveries.length > 0 ? world.redeliveries : undefined,
  );
  const { since } = z.object({ since: z.number() }).parse(asked);
  expect(Math.abs(Date.now() - 3 * 86_400_000 - since)).toBeLessThan(60_000);
});
