/** What is known beside git: issues, comments, reviews, reactions and checks, and the questions asked about them. */
import { z } from "zod";

import type { Collection } from "../world/store.ts";
import type { World } from "../world/world.ts";
import {
  type Account,
  ACCOUNTS,
  CheckRun,
  CheckSuite,
  Comment,
  Issue,
  type PullIssue,
  Reaction,
  Review,
  type SpotComment,
  Status,
} from "./entities.ts";
import { fullName, type Hub } from "./hub.ts";
import { DEMO_ISSUE } from "./seed.ts";

const FIRST_ID = 700_000;
const DEMO_AT = Date.parse("2026-01-08T08:00:00Z");

export const issueKey = (repo: string, number: number) => `${repo}#${number}`;
export const isPull = (issue: Issue | undefined): issue is PullIssue => issue?.pull !== undefined;
const isSpot = (comment: Comment): comment is SpotComment => comment.spot !== undefined;

/** Every repository begins with the one issue that the demo is about. */
function seedIssues(issues: Collection<Issue>, hub: Hub): void {
  for (const repository of hub.repositories) {
    const repo = fullName(repository);
    if (repository.parent !== undefined || issues.get(issueKey(repo, 1)) !== undefined) continue;
    const { number, title, body, user } = DEMO_ISSUE;
    const times = { createdAt: DEMO_AT, updatedAt: DEMO_AT };
    const id = 600_000 + repository.id;
    issues.put(issueKey(repo, number), {
      id,
      repo,
      number,
      title,
      body,
      user,
      state: "open",
      labels: ["bug"],
      ...times,
    });
  }
}

/** The state of a suite follows from its runs: the worst that ended, once all have. */
function resultOf(runs: readonly CheckRun[]) {
  if (runs.length === 0 || runs.some(({ status }) => status !== "completed"))
    return { status: "in_progress", conclusion: null };
  const bad = runs.find(({ conclusion = "success" }) => !["success", "neutral", "skipped"].includes(conclusion));
  return { status: "completed", conclusion: bad?.conclusion ?? "success" };
}

export function createForge(world: World, hub: Hub, webBase: () => string) {
  const { store } = world;
  const counters = store.collection("github.counters", z.number());
  const issues = store.collection("github.issues", Issue);
  const comments = store.collection("github.comments", Comment);
  const reviews = store.collection("github.reviews", Review);
  const reactions = store.collection("github.reactions", Reaction);
  const checkRuns = store.collection("github.check-runs", CheckRun);
  const checkSuites = store.collection("github.check-suites", CheckSuite);
  const statuses = store.collection("github.statuses", Status);
  seedIssues(issues, hub);

  const bot: Account = {
    id: hub.app.botId,
    login: `${hub.app.slug}[bot]`,
    type: "Bot",
    name: hub.app.slug,
    email: `${hub.app.botId}+${hub.app.slug}[bot]@users.noreply.github.com`,
    association: "NONE",
  };
  const accounts = new Map([...ACCOUNTS, bot].map((account) => [account.login, account]));
  const of = <Row extends { repo: string; number: number }>(rows: Collection<Row>, repo: string, number: number) =>
    rows.all().filter((row) => row.repo === repo && row.number === number);
  const pulls = () => issues.all().filter(isPull);

  return {
    webBase,
    bot,
    issues,
    comments,
    reviews,
    reactions,
    checkRuns,
    checkSuites,
    statuses,
    now: () => world.clock.now(),
    nextId: () => counters.put("id", (counters.get("id") ?? FIRST_ID) + 1),
    nextNumber: (repo: string) =>
      1 + Math.max(0, ...issues.all().flatMap((row) => (row.repo === repo ? [row.number] : []))),
    account: (login: string) => accounts.get(login),
    /** A login that nobody has is a ghost, as on GitHub. */
    accountOf: (login: string): Account => accounts.get(login) ?? { ...bot, id: 10_137, login: "ghost", type: "User" },
    repositoryNamed: (name: string) => hub.repositories.find((row) => fullName(row) === name && !row.isDeleted),
    issue: (repo: string, number: number) => issues.get(issueKey(repo, number)),
    issuesOf: (repo: string) => issues.all().filter((row) => row.repo === repo),
    pullsOf: (repo: string) => pulls().filter((row) => row.repo === repo),
    /** Open pull requests whose head is that branch. */
    pullsFrom: (headRepo: string, headRef: string) =>
      pulls().filter(({ state, pull }) => state === "open" && pull.headRepo === headRepo && pull.headRef === headRef),
    /** Open pull requests within the repository whose head is that commit. */
    pullsAt: (repo: string, sha: string) =>
      pulls().filter(
        (row) => row.state === "open" && row.repo === repo && row.pull.headRepo === repo && row.pull.headSha === sha,
      ),
    commentsOf: (repo: string, number: number) => of(comments, repo, number).filter(({ spot }) => spot === undefined),
    spotCommentsOf: (repo: string, number: number) => of(comments, repo, number).filter(isSpot),
    reviewsOf: (repo: string, number: number) => of(reviews, repo, number),
    reactionsOn: (subject: string) => reactions.all().filter((row) => row.subject === subject),
    runsAt: (repo: string, sha: string) => checkRuns.all().filter((row) => row.repo === repo && row.sha === sha),
    runsOf: (suiteId: number) => checkRuns.all().filter((row) => row.suiteId === suiteId),
    suitesAt: (repo: string, sha: string) => checkSuites.all().filter((row) => row.repo === repo && row.sha === sha),
    suiteResult: ({ id }: CheckSuite) => resultOf(checkRuns.all().filter(({ suiteId }) => suiteId === id)),
    /** The newest status of each context. */
    statusesAt: (repo: string, sha: string) => {
      const here = statuses.all().filter((row) => row.repo === repo && row.sha === sha);
      return [...new Map(here.map((row) => [row.context, row])).values()].toReversed();
    },
  };
}
export type Forge = ReturnType<typeof createForge>;
