/** A finished check suite wakes its branch's conversation once all checks of Thor's own commit have ended. */
import type { GithubEvent } from "@thor/domain/github-event";

import { branchKeyOf, localNameOf } from "../github/keys.ts";
import { haveAllEnded, type CheckRow } from "./check-rows.ts";
import { afterFailure, type Deciding, type GithubDecision, type SuiteFact } from "./deciding.ts";

const POLL_CAP_MS = 300_000;
const LIMIT_MS = 6 * 3_600_000;

type Suite = Extract<GithubEvent, { event_type: "check_suite" }>;

const drop = (reason: string): GithubDecision => ({ kind: "drop", reason, scrub: false });

/** Growing with the age: the first wait is the poll's, and each one after it as long as all before. */
function pollAt(receivedAt: number, { now, ciPollMs }: { now: number; ciPollMs: number }): number {
  return now + Math.min(POLL_CAP_MS, Math.max(ciPollMs, now - receivedAt));
}

function summaryOf(rows: readonly CheckRow[]): Record<string, string>[] {
  return rows.map((row) => {
    const said = Object.entries(row).filter((entry): entry is [string, string] => typeof entry[1] === "string");
    return Object.fromEntries(said.filter(([, value]) => value !== ""));
  });
}

/** Where the suite belongs, with what its checks say. */
function wake({ payload }: Deciding<Suite>, { rows, shown }: Extract<SuiteFact, { kind: "checks" }>): GithubDecision {
  const { command, stdout, stderr, exitCode } = shown;
  const thor = { pr_checks: { command, stdout, stderr, exitCode }, pr_checks_summary: summaryOf(rows) };
  const ref = payload.check_suite.head_branch ?? "";
  const correlationKey = branchKeyOf(localNameOf(payload.repository.full_name), { ref });
  return { kind: "reroute", correlationKey, payload: { ...payload, thor } };
}

export function decidePendingSuite(deciding: Deciding<Suite>): GithubDecision {
  const { event, payload, facts } = deciding;
  const { head_sha: sha, pull_requests: pullRequests } = payload.check_suite;
  const { full_name: fullName } = payload.repository;
  const number = pullRequests[0]?.number;
  if (number === undefined) return drop("check_suite_pr_missing");
  const key = `${fullName}#${number}@${sha}`;
  const fact = facts.suites.get(key);
  if (fact === undefined)
    return { kind: "look_up", lookup: { kind: "suite", key, repo: localNameOf(fullName), number, sha } };
  switch (fact.kind) {
    case "no_commit":
      return drop("check_suite_gate_failed");
    case "refused":
      return { kind: "dead", reason: fact.reason };
    case "failed":
      return afterFailure({ event, facts }, { error: fact.error, reason: "check_suite_pr_checks_lookup_failed" });
    case "checks":
      if (fact.authorEmail.toLowerCase() !== facts.botEmail.toLowerCase()) return drop("check_suite_gate_failed");
      if (haveAllEnded(fact.rows)) return wake(deciding, fact);
      if (facts.now - event.receivedAt >= LIMIT_MS) return drop("check_suite_pr_checks_pending");
      return { kind: "wait", notBefore: pollAt(event.receivedAt, facts) };
  }
}
