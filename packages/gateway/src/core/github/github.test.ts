import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  checkSuite,
  closedRequest,
  issueComment,
  onPullRequest,
  pullRequest,
  push,
  review,
  reviewComment,
} from "../../../test/github-payloads.ts";
import { isOriginOf, originOf } from "../access/repository.ts";
import { githubAdmission, screenGithub, screenPush, type GithubFacts } from "./admit.ts";
import { deliveryOf } from "./delivery.ts";
import { readHead } from "./gh-answers.ts";
import { branchKeyOf, forkOwnerOf, headOf } from "./keys.ts";
import { isMentioned } from "./mention.ts";
import { parseDelivery } from "./parse.ts";

const me = { slug: "thor", botId: 4242 };
const facts = (more: Partial<GithubFacts> = {}): GithubFacts => ({
  now: 1_800_000_000_000,
  me,
  isEngaged: false,
  isTrusted: ({ association, type }) => association === "MEMBER" && type === "User",
  ignoresForks: false,
  ...more,
});
const eventOf = (body: object) => {
  const parsed = parseDelivery(JSON.stringify(body));
  if (parsed.kind === "unreadable") throw new Error(parsed.reason);
  return parsed.delivery;
};
const screened = (body: object, more: Partial<GithubFacts> = {}) => screenGithub(eventOf(body), facts(more));
const admissionOf = (body: object) =>
  githubAdmission(eventOf(body), { deliveryKey: "d", bodyDigest: "f".repeat(64) }, facts());

describe("a mention", () => {
  it("is the whole login in any case, as a person or as a bot", () => {
    for (const text of ["@thor go", "hi @THOR!", "(@Thor[bot])", "@thor's", "x\n@thor"])
      expect([text, isMentioned(text, me)]).toEqual([text, true]);
    for (const text of ["@thor-dev", "@thors", "@thor_x", "a@thor", "-@thor", "thor", ""])
      expect([text, isMentioned(text, me)]).toEqual([text, false]);
  });
});

describe("a delivery", () => {
  it("is of the kind that its keys show, and a review is none of a plain pull request's", () => {
    const shown = [
      issueComment("x"),
      reviewComment("x"),
      review("x"),
      closedRequest(),
      checkSuite(),
      push("refs/heads/a"),
    ];
    expect(shown.map((body) => eventOf(body).event_type)).toEqual([
      "issue_comment",
      "pull_request_review_comment",
      "pull_request_review",
      "pull_request",
      "check_suite",
      "push",
    ]);
  });

  it("cannot bring in what only Thor adds, and keeps null where GitHub says null", () => {
    const event = eventOf({ ...closedRequest(), thor: { sync: { status: "forged" } }, untrusted_fields: [] });
    expect(event).toMatchObject({ thor: undefined, untrusted_fields: undefined, pull_request: { merged_at: null } });
  });

  it("is read without a fault whatever the bytes are", () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
        expect(["delivery", "unreadable"]).toContain(parseDelivery(text).kind);
      }),
    );
  });

  it("has the name its header gives only when that is a plain one", () => {
    const bodyDigest = "f".repeat(64);
    const named = (deliveryId: unknown) => deliveryOf({ eventName: "push", deliveryId, bodyDigest }).key;
    expect(named("72d3162e-cc78-11e3-81ab-4c9367dc0958")).toBe("72d3162e-cc78-11e3-81ab-4c9367dc0958");
    for (const bad of ["../../etc/passwd", "short", "", undefined, ["a", "b"]])
      expect(named(bad)).toBe(`body:${bodyDigest}`);
    expect(deliveryOf({ eventName: "../x", deliveryId: "", bodyDigest }).eventType).toBe("unknown");
  });
});

describe("who is heard", () => {
  it("is nobody who does not call, unless the issue is known or the pull request is Thor's", () => {
    expect(screened(issueComment("hello"))).toBe("non_mention_comment");
    expect(screened(issueComment("hello"), { isEngaged: true })).toBeUndefined();
    expect(screened(onPullRequest("hello"))).toBe("non_mention_comment");
    const own = { pull_request: { user: { id: me.botId, login: "thor[bot]", type: "Bot" } } };
    expect([screened(reviewComment("x", own)), screened(review("x", own))]).toEqual([undefined, undefined]);
    expect([screened(reviewComment("x")), screened(review("x"))]).toEqual([
      "non_mention_comment",
      "non_mention_comment",
    ]);
  });

  it("is never Thor itself, whatever its login, nor a review without words", () => {
    const renamed = { id: me.botId, login: "somebody-else", type: "User" };
    expect(screened(issueComment("@thor x", { sender: renamed }))).toBe("self_sender");
    expect(screened(review("  ", { sender: renamed }))).toBe("empty_review_body");
    expect(screened(review(null))).toBe("empty_review_body");
  });

  it("is nobody whom thor.json does not trust, and no editor of a trusted person's comment", () => {
    expect(screened(issueComment("@thor x", { comment: { author_association: "NONE" } }))).toBe("sender_not_trusted");
    const editor = { action: "edited", sender: { id: 12, login: "mallory", type: "User" } };
    expect(screened(issueComment("@thor x", editor))).toBe("sender_not_trusted");
    expect(screened(issueComment("x", { action: "edited" }))).toBeUndefined();
  });

  it("is no fork when forks are ignored", () => {
    const fork = { pull_request: { head: { ref: "feature", sha: "a".repeat(40), repo: { full_name: "eve/demo" } } } };
    expect(screened(review("@thor x", fork), { ignoresForks: true })).toBe("fork_ignored");
    expect(screened(review("@thor x", fork))).toBeUndefined();
  });
});

describe("machine events", () => {
  it("wake only conversations that exist", () => {
    expect(screened(closedRequest())).toBe("correlation_key_unresolved");
    expect(screened(closedRequest({ merged: true }), { isEngaged: true })).toBeUndefined();
    expect(screened(checkSuite())).toBe("correlation_key_unresolved");
  });

  it("take every conclusion, and name what a suite lacks", () => {
    const of = (more: object) => screened(checkSuite(more), { isEngaged: true });
    const conclusions = [
      "success",
      "failure",
      "neutral",
      "cancelled",
      "skipped",
      "timed_out",
      "action_required",
      "stale",
    ];
    for (const conclusion of conclusions) expect(of({ conclusion })).toBeUndefined();
    expect([of({ conclusion: null }), of({ conclusion: " " })]).toEqual(
      Array(2).fill("check_suite_conclusion_missing"),
    );
    const one = { number: 7, head: { ref: "feature", sha: "a".repeat(40) } };
    expect([of({ pull_requests: [] }), of({ pull_requests: [one, one] }), of({ head_branch: null })]).toEqual([
      "check_suite_pr_missing",
      "check_suite_pr_ambiguous",
      "check_suite_branch_missing",
    ]);
  });

  it("are pushes of branches, and of nothing else", () => {
    const of = (ref: string, more: object = {}) => {
      const event = eventOf(push(ref, more));
      return event.event_type === "push" ? screenPush(event) : "other";
    };
    expect(of("refs/heads/a/b")).toBeUndefined();
    expect(of("refs/tags/v1")).toBe("push_sync_non_branch_ref_ignored");
    expect(of("refs/tags/v1", { deleted: true })).toBe("push_delete_non_branch_ref_ignored");
    expect(of("refs/heads/main", { deleted: true })).toBe("push_delete_default_branch_ignored");
    expect(of("refs/heads/main")).toBeUndefined();
  });
});

describe("an admission", () => {
  it("has the key, the flags and the receipt of its kind", () => {
    const shown = (body: object) => {
      const { event, outbox } = admissionOf(body);
      const { correlationKey, bind, human, urgent, interrupt } = event;
      return [correlationKey, bind, human, urgent, interrupt, outbox.length];
    };
    expect(shown(issueComment("@thor"))).toEqual(["github:issue:demo:acme/demo#5", "anchor", true, false, true, 1]);
    expect(shown(onPullRequest("@thor"))).toEqual(["pending:branch-resolve:demo:7", "none", true, false, true, 1]);
    expect(shown(reviewComment("@thor"))).toEqual(["git:branch:demo:feature", "anchor", true, false, true, 1]);
    expect(shown(review("@thor"))).toEqual(["git:branch:demo:feature", "anchor", true, false, true, 1]);
    expect(shown(closedRequest())).toEqual(["git:branch:demo:feature", "anchor", false, true, false, 0]);
    expect(shown(checkSuite())).toEqual(["pending:check-suite:demo:7:feature", "none", false, true, false, 0]);
    expect(shown(push("refs/heads/x"))).toEqual(["push:demo:x", "none", false, true, false, 0]);
  });

  it("cuts what is long and lists the words of outsiders", () => {
    const outsider = { author_association: "NONE", user: { id: 13, login: "eve", type: "User" } };
    const event = { body: "b".repeat(20_000), ...outsider };
    const { payload } = admissionOf(
      reviewComment(`@thor\n> quoted\n${"c".repeat(70_000)}`, { pull_request: event }),
    ).event;
    expect(payload).toMatchObject({
      untrusted_fields: ["pull_request.title", "pull_request.body", "comment.diff_hunk", "comment.body (quoted lines)"],
    });
    const text = JSON.stringify(payload);
    expect([text.length < 90_000, text.includes("…[+")]).toEqual([true, true]);
  });
});

describe("a branch's name", () => {
  it("never lets a fork meet a branch of ours", () => {
    const ref = fc.stringMatching(/^[a-z/]{1,12}$/);
    fc.assert(
      fc.property(ref, ref, fc.stringMatching(/^[a-z]{1,5}$/), (own, theirs, forkOwner) => {
        fc.pre(!own.startsWith("./"));
        expect(branchKeyOf("demo", { ref: own })).not.toBe(branchKeyOf("demo", { ref: theirs, forkOwner }));
        expect(forkOwnerOf(branchKeyOf("demo", { ref: theirs, forkOwner }))).toBe(forkOwner);
        expect(forkOwnerOf(branchKeyOf("demo", { ref: own }))).toBeUndefined();
      }),
    );
  });

  it("is the author's when the fork was deleted", () => {
    const { pull_request: gone } = eventOfRequest({ head: { ref: "feature", sha: "a".repeat(40), repo: null } });
    expect(headOf(gone)).toEqual({ ref: "feature", forkOwner: "alice" });
    const viewed = (more: object) =>
      readHead(JSON.stringify({ headRefName: "x", headRefOid: "s", author: { login: "eve" }, ...more }), "acme/demo");
    expect(viewed({ headRepository: null, headRepositoryOwner: null })?.forkOwner).toBe("eve");
    expect(
      viewed({ headRepository: { name: "Demo" }, headRepositoryOwner: { login: "Acme" } })?.forkOwner,
    ).toBeUndefined();
    expect(viewed({ headRepository: { name: "demo" }, headRepositoryOwner: { login: "bob" } })?.forkOwner).toBe("bob");
    expect(readHead("no json", "acme/demo")).toBeUndefined();
  });
});

function eventOfRequest(more: object) {
  const event = eventOf(closedRequest(pullRequest(more)));
  if (event.event_type !== "pull_request") throw new Error("no pull request");
  return event;
}

it("reads a clone's origin in every form git writes, and nothing of other remotes", () => {
  const config = (url: string, name = "origin") => `[core]\n\tx = 1\n[remote "${name}"]\n\turl = ${url}\n`;
  const forms = [
    "https://github.com/acme/demo.git",
    "https://github.com/Acme/Demo/",
    "https://x-access-token:t@github.com/acme/demo",
    "git@github.com:acme/demo.git",
    "ssh://git@github.com/acme/demo.git",
  ];
  const isOurs = (url: string) => isOriginOf(originOf(config(url)), "acme/demo", ["github.com"]);
  expect(forms.filter((url) => !isOurs(url))).toEqual([]);
  const others = [
    "https://evil.example/acme/demo",
    "https://github.com/evil/demo",
    "/srv/acme/demo",
    "https://github.com.evil/acme/demo",
  ];
  expect(others.filter(isOurs)).toEqual([]);
  expect(originOf(config("https://github.com/acme/demo", "upstream"))).toBeUndefined();
});
