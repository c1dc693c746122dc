import type { QueuedEvent } from "@thor/domain/queue";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { checkSuite, issueComment, onPullRequest, push, reviewComment } from "../../../test/github-payloads.ts";
import { githubAdmission } from "../github/admit.ts";
import { botEmail } from "../github/mention.ts";
import { parseDelivery } from "../github/parse.ts";
import { haveAllEnded, readCheckRows } from "./check-rows.ts";
import type { GithubFacts, HeadFact, SuiteFact } from "./deciding.ts";
import { failureOf } from "./look-up-failure.ts";
import { plan, type PlanFacts } from "./plan.ts";

const me = { slug: "thor", botId: 4242 };
const NOW = 1_800_000_000_000;

function queued(id: string, body: object, more: Partial<QueuedEvent> = {}): QueuedEvent {
  const parsed = parseDelivery(JSON.stringify(body));
  if (parsed.kind === "unreadable") throw new Error(parsed.reason);
  const from = { deliveryKey: id, bodyDigest: "f".repeat(64) };
  const { event, refs } = githubAdmission(parsed.delivery, from, { now: NOW, me, isTrusted: () => true });
  const { source, kind, correlationKey, human, urgent, interrupt, gate, actors, externalAuthor, sourceAt } = event;
  const known = { source, kind, correlationKey, human, urgent, interrupt, gate, actors, externalAuthor, sourceAt };
  return {
    id,
    ...known,
    solo: false,
    receivedAt: NOW,
    attempts: 0,
    payload: event.payload,
    payloadRev: 1,
    refs,
    ...more,
  };
}

const github = (more: Partial<GithubFacts> = {}): GithubFacts => ({
  refusalOf: () => undefined,
  ignoresForks: false,
  botEmail: botEmail(me),
  ciPollMs: 30_000,
  heads: new Map(),
  suites: new Map(),
  ...more,
});
const facts = (more: Partial<GithubFacts> = {}): PlanFacts => ({
  now: NOW,
  channels: new Map(),
  listed: new Set(),
  maxAttempts: 3,
  backoffMs: () => 500,
  github: github(more),
});
const inPlan = (items: QueuedEvent[], given: PlanFacts) => {
  const made = plan({ items }, given);
  if (made.kind === "need") throw new Error("the plan still needs facts");
  return made;
};

const head = (fact: HeadFact) => ({ heads: new Map([["acme/demo#7", fact]]) });
const found = (more: object = {}): HeadFact => ({
  kind: "head",
  head: { ref: "feature", sha: "s", baseRef: "main", isDraft: false, ...more },
});
const suite = (fact: SuiteFact) => ({ suites: new Map([[`acme/demo#7@${"a".repeat(40)}`, fact]]) });
const shown = { command: "gh pr checks 7", stdout: "all good", stderr: "", exitCode: 0 };
const checks = (bucket: string, authorEmail = "4242+THOR[bot]@users.noreply.github.com"): SuiteFact => ({
  kind: "checks",
  authorEmail,
  rows: [{ name: "ci", bucket }],
  shown,
});
const asked = queued("e1", onPullRequest("@thor go"));
const finished = queued("e1", checkSuite());

describe("a comment on a pull request", () => {
  it("asks once for the head of all comments, then moves to the branch with what was found", () => {
    const need = plan({ items: [asked, queued("e2", onPullRequest("@thor too"))] }, facts());
    expect(need).toMatchObject({ kind: "need", github: [{ kind: "head", fullName: "acme/demo", number: 7 }] });
    const { reroutes } = inPlan([asked], facts(head(found()))).apply;
    expect(reroutes).toMatchObject([{ correlationKey: "git:branch:demo:feature", bind: "anchor" }]);
    expect(JSON.stringify(reroutes)).toContain('"head_ref":"feature"');
    const fork = inPlan([asked], facts(head(found({ forkOwner: "eve" })))).apply.reroutes;
    expect(fork[0]?.correlationKey).toBe("git:branch:demo:fork/eve/feature");
    const ignored = inPlan([asked], facts({ ...head(found({ forkOwner: "eve" })), ignoresForks: true }));
    expect(ignored.apply.drops).toEqual([{ id: "e1", reason: "fork_ignored", scrub: false }]);
  });

  it("waits for a fault that passes and ends, with a comment, for one that does not", () => {
    const failed = head({ kind: "failed", error: "HTTP 502" });
    expect(inPlan([asked], facts(failed)).apply.waits).toEqual([{ id: "e1", notBefore: NOW + 500, error: "HTTP 502" }]);
    const last = inPlan([{ ...asked, attempts: 2 }], facts(failed)).apply;
    expect(last.deads).toEqual([{ id: "e1", reason: "branch_lookup_failed" }]);
    const gone = inPlan([asked], facts(head({ kind: "refused", reason: "branch_not_found" }))).apply;
    expect([gone.deads[0]?.reason, gone.outbox?.[0]?.kind, gone.outbox?.[0]?.dedupeKey]).toEqual([
      "branch_not_found",
      "github.comment",
      "dead:e1",
    ]);
  });
});

describe("a finished check suite", () => {
  it("asks for its own checks only when no newer one stands beside it", () => {
    const newer = queued("e2", checkSuite());
    const need = plan({ items: [finished, newer] }, facts());
    expect(need).toMatchObject({ kind: "need", github: [{ kind: "suite", number: 7 }] });
    const made = inPlan([finished, newer], facts(suite(checks("pass")))).apply;
    expect([made.drops, made.reroutes.map(({ id }) => id)]).toEqual([
      [{ id: "e1", reason: "superseded", scrub: false }],
      ["e2"],
    ]);
  });

  it("wakes the branch with the rows once all have ended", () => {
    const [moved] = inPlan([finished], facts(suite(checks("fail")))).apply.reroutes;
    expect(moved?.correlationKey).toBe("git:branch:demo:feature");
    expect(moved?.payload).toMatchObject({
      thor: { pr_checks: shown, pr_checks_summary: [{ name: "ci", bucket: "fail" }] },
    });
  });

  it("is dropped when the commit is not Thor's or not here", () => {
    const dropped = [checks("pass", "eve@example.com"), { kind: "no_commit" as const }].map(
      (fact) => inPlan([finished], facts(suite(fact))).apply.drops[0]?.reason,
    );
    expect(dropped).toEqual(["check_suite_gate_failed", "check_suite_gate_failed"]);
  });

  it("waits longer and longer while something runs, counts no attempt, and gives up after six hours", () => {
    const after = (ageMs: number) =>
      inPlan([{ ...finished, receivedAt: NOW - ageMs }], facts(suite(checks("pending")))).apply;
    const waits = [0, 60_000, 240_000, 3_600_000].map((ageMs) => after(ageMs).waits[0]);
    expect(waits.map((wait) => (wait?.notBefore ?? 0) - NOW)).toEqual([30_000, 60_000, 240_000, 300_000]);
    expect(waits.every((wait) => wait?.error === undefined)).toBe(true);
    expect(after(6 * 3_600_000).drops[0]?.reason).toBe("check_suite_pr_checks_pending");
  });
});

it("knows an ended check by its bucket, without one by its state, and takes the unknown for running", () => {
  const ended = (row: object) => haveAllEnded(readCheckRows(JSON.stringify([row])) ?? []);
  for (const bucket of ["pass", "fail", "skipping", "cancel"]) expect(ended({ bucket, state: "PENDING" })).toBe(true);
  for (const state of ["SUCCESS", "TIMED_OUT", "stale", "ERROR"]) expect(ended({ bucket: "", state })).toBe(true);
  for (const row of [{ bucket: "pending" }, { state: "QUEUED" }, { state: "BRAND_NEW" }, {}])
    expect(ended(row)).toBe(false);
  expect(readCheckRows("no checks")).toBeUndefined();
});

it("tells a missing branch, a lost installation and a passing fault apart", () => {
  const of = (stderr: string) => {
    const failure = failureOf({ stdout: "", stderr, exitCode: 1 });
    return failure.kind === "refused" ? failure.reason : "failed";
  };
  expect(of("GraphQL: Could not resolve to a PullRequest with the number of 7.")).toBe("branch_not_found");
  expect(of("HTTP 404: Not Found")).toBe("branch_not_found");
  expect(of("HTTP 401: Bad credentials")).toBe("installation_gone");
  expect(of("HTTP 403: Resource not accessible by integration")).toBe("installation_gone");
  expect(of("HTTP 502: Bad gateway")).toBe("failed");
  expect(of("could not resolve host: api.github.com")).toBe("failed");
});

it("drops what thor.json admits no more, and ends what nobody can look up", () => {
  const refused = inPlan([asked], facts({ refusalOf: () => "sender_not_trusted" })).apply;
  expect(refused.drops).toEqual([{ id: "e1", reason: "sender_not_trusted", scrub: false }]);
  const unset = inPlan([asked], { ...facts(), github: undefined }).apply;
  expect(unset.deads).toEqual([{ id: "e1", reason: "github_not_set_up" }]);
});

it("puts every event into exactly one list, whatever the look-ups say", () => {
  const body = fc.constantFrom<object>(
    onPullRequest("@thor"),
    issueComment("@thor"),
    reviewComment("@thor"),
    checkSuite(),
    push("refs/heads/x"),
  );
  const headFact = fc.constantFrom(
    found(),
    found({ forkOwner: "eve" }),
    {
      kind: "failed" as const,
      error: "x",
    },
    { kind: "refused" as const, reason: "installation_gone" as const },
  );
  const suiteFact = fc.constantFrom<SuiteFact>(
    checks("pass"),
    checks("pending"),
    checks("pass", "eve@x"),
    { kind: "no_commit" },
    { kind: "failed", error: "x" },
  );
  const entry = fc.record({ body, attempts: fc.nat(3), isBroken: fc.boolean() });
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 8 }), headFact, suiteFact, (entries, one, other) => {
      const items = entries.map(({ body: of, attempts, isBroken }, at) =>
        queued(`e${at}`, of, { attempts, ...(isBroken ? { payload: { event_type: "junk" } } : {}) }),
      );
      const { apply, dispatch } = inPlan(items, facts({ ...head(one), ...suite(other) }));
      const ids = [apply.drops, apply.deads, apply.waits, apply.reroutes, dispatch].flat().map(({ id }) => id);
      expect(ids.toSorted()).toEqual(items.map(({ id }) => id).toSorted());
    }),
  );
});
