import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";

import { type RunningSimulators, startSimulators } from "../src/start.ts";
import { actOn, octokitOf, trusting } from "./github-client.ts";
import { getJson, planFaults } from "./sim-client.ts";

const at = { owner: "acme", repo: "demo" };
const BRANCH = "fix/greeting";
let sim: RunningSimulators;
let octokit: Awaited<ReturnType<typeof octokitOf>>;
let pull: number;

beforeAll(async () => {
  sim = await startSimulators({ github: { repositories: ["demo", "site"] } });
  octokit = await octokitOf(sim);
  await act({ do: "push", branch: BRANCH, files: { "src/greet.js": "export const greet = 1;\n" } });
  ({ number: pull } = await act({ do: "openPull", as: "bob", title: "Fix", head: BRANCH }));
});
afterAll(() => sim.close());

const act = (deed: object) => actOn(sim.facts.url, deed);
const Graph = z.object({
  data: z.unknown().optional(),
  errors: z.array(z.looseObject({ message: z.string() })).optional(),
});
async function graphql(query: string, variables: object = {}) {
  const { token } = z.object({ token: z.string() }).parse(await octokit.auth());
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const url = `${sim.facts.github.apiUrl}/graphql`;
  const answer = await trusting(sim)(url, { method: "POST", headers, body: JSON.stringify({ query, variables }) });
  if (!answer.ok) throw new Error(`GraphQL answered ${answer.status}`);
  return Graph.parse(await answer.json());
}

it("comments, corrects, deletes and lists through the official client", async () => {
  const { data } = await octokit.issues.createComment({ ...at, issue_number: 1, body: "first" });
  expect(data.user).toMatchObject({ login: "thor-agent[bot]", type: "Bot" });
  const { data: changed } = await octokit.issues.updateComment({ ...at, comment_id: data.id, body: "second" });
  expect(changed.body).toBe("second");
  await octokit.issues.deleteComment({ ...at, comment_id: data.id });
  await expect(octokit.issues.getComment({ ...at, comment_id: data.id })).rejects.toMatchObject({ status: 404 });
});

it("pages lists with links that the official client follows", async () => {
  const { number } = await act({ do: "openIssue", title: "Long talk" });
  for (let n = 1; n <= 7; n += 1) await act({ do: "comment", number, body: `${n}` });
  const rows = await octokit.paginate(octokit.issues.listComments, { ...at, issue_number: number, per_page: 3 });
  expect(rows.map(({ body }) => body)).toEqual(["1", "2", "3", "4", "5", "6", "7"]);
});

it("opens, changes, refuses to double, and merges a pull request", async () => {
  await act({ do: "push", branch: "docs", files: { "docs.md": "d" } });
  const draft = { ...at, title: "Docs", head: "docs", base: "main" };
  const { data } = await octokit.pulls.create(draft);
  expect(data).toMatchObject({
    state: "open",
    head: { ref: "docs" },
    base: { ref: "main" },
    user: { login: "thor-agent[bot]" },
  });
  await expect(octokit.pulls.create(draft)).rejects.toMatchObject({ status: 422 });
  await expect(octokit.pulls.create({ ...draft, head: "nowhere" })).rejects.toMatchObject({ status: 422 });
  const { data: changed } = await octokit.pulls.update({ ...at, pull_number: data.number, title: "Better docs" });
  expect(changed.title).toBe("Better docs");
  const { data: merged } = await octokit.pulls.merge({ ...at, pull_number: data.number });
  expect((await octokit.repos.getBranch({ ...at, branch: "main" })).data.commit.sha).toBe(merged.sha);
});

it("shows the files, commits, reviews and review comments of a pull request, and answers in their thread", async () => {
  const { data: files } = await octokit.pulls.listFiles({ ...at, pull_number: pull });
  expect(files).toMatchObject([
    { filename: "src/greet.js", status: "modified", patch: expect.stringContaining("+export const greet = 1;") },
  ]);
  expect((await octokit.pulls.listCommits({ ...at, pull_number: pull })).data).toHaveLength(1);
  const comments = [{ path: "src/greet.js", line: 1, body: "why?" }];
  const made = await act({ do: "review", number: pull, state: "APPROVED", body: "fine", comments });
  const { data: reviews } = await octokit.pulls.listReviews({ ...at, pull_number: pull });
  expect(reviews).toMatchObject([{ state: "APPROVED", user: { login: "alice" } }]);
  const comment_id = made.comments[0] ?? 0;
  await octokit.pulls.createReplyForReviewComment({ ...at, pull_number: pull, comment_id, body: "because" });
  const { data: talk } = await octokit.pulls.listReviewComments({ ...at, pull_number: pull });
  expect(talk).toMatchObject([{ body: "why?" }, { body: "because", in_reply_to_id: comment_id }]);
  await octokit.reactions.createForPullRequestReviewComment({ ...at, comment_id, content: "eyes" });
  expect((await octokit.reactions.listForPullRequestReviewComment({ ...at, comment_id })).data).toMatchObject([
    { content: "eyes" },
  ]);
});

it("shows check runs, suites and the combined status of a commit", async () => {
  const { sha: ref } = await act({ do: "check", branch: BRANCH, name: "test", conclusion: "failure" });
  await act({ do: "status", branch: BRANCH, context: "deploy", state: "pending" });
  const { data: runs } = await octokit.checks.listForRef({ ...at, ref });
  expect(runs).toMatchObject({
    total_count: 1,
    check_runs: [{ name: "test", conclusion: "failure", app: { slug: "github-actions" } }],
  });
  const { data: suites } = await octokit.checks.listSuitesForRef({ ...at, ref });
  expect(suites.check_suites).toMatchObject([
    { status: "completed", conclusion: "failure", pull_requests: [{ number: pull }] },
  ]);
  const { data: status } = await octokit.repos.getCombinedStatusForRef({ ...at, ref });
  expect(status).toMatchObject({ state: "pending", statuses: [{ context: "deploy" }] });
});

it("lets a token do what it was minted for, where it was minted for", async () => {
  const reader = await octokitOf(sim, { repositories: ["site"], permissions: { issues: "read" } });
  const site = { owner: "acme", repo: "site" };
  expect((await reader.issues.listForRepo(site)).data).toHaveLength(1);
  await expect(reader.issues.createComment({ ...site, issue_number: 1, body: "x" })).rejects.toMatchObject({
    status: 403,
  });
  await expect(reader.pulls.list(site)).rejects.toMatchObject({ status: 403 });
  await expect(reader.issues.listForRepo(at)).rejects.toMatchObject({ status: 404 });
});

it("knows who may write", async () => {
  const levelOf = async (username: string) =>
    (await octokit.repos.getCollaboratorPermissionLevel({ ...at, username })).data.permission;
  expect([await levelOf("alice"), await levelOf("bob"), await levelOf("mallory")]).toEqual(["admin", "write", "none"]);
});

it("refuses a GraphQL field that GitHub has not, and one that is not simulated, each in words and as a violation", async () => {
  const ask = (field: string) => graphql(`query Ask { repository(owner: "acme", name: "demo") { ${field} } }`);
  expect((await ask("name")).data).toEqual({ repository: { name: "demo" } });
  expect((await ask("colour")).errors?.[0]?.message).toBe('Cannot query field "colour" on type "Repository".');
  expect((await ask("diskUsage")).errors?.[0]?.message).toBe("Repository.diskUsage is not simulated");
  const violations = await (await fetch(`${sim.facts.url}/_sim/violations`)).text();
  expect(violations).toContain("colour");
  expect(violations).toContain("diskUsage");
});

it("answers with fragments whose fields differ by type, as gh asks for them", async () => {
  const query = `query Either($number: Int!) { repository(owner: "acme", name: "demo") { issueOrPullRequest(number: $number) {
    __typename ... on Issue { number state } ... on PullRequest { number state } } } }`;
  const stateOf = async (number: number) => JSON.stringify((await graphql(query, { number })).data);
  expect(await stateOf(1)).toContain('"__typename":"Issue"');
  expect(await stateOf(pull)).toContain('"__typename":"PullRequest"');
});

it("limits, fails and cuts any route and operation by plan", async () => {
  const plan = (method: string, deed: object) =>
    planFaults(sim.facts.url, [{ id: "f", match: { sim: "github", method }, do: deed, times: 1 }]);
  const comment = () =>
    octokit.request("POST /repos/{owner}/{repo}/issues/{issue_number}/comments", {
      ...at,
      issue_number: 1,
      body: "planned",
      request: { retries: 0 },
    });
  const ROUTE = "POST /repos/:owner/:repo/issues/:number/comments";
  await plan(ROUTE, { rateLimit: { retryAfter: 7 } });
  await expect(comment()).rejects.toMatchObject({ status: 403, response: { headers: { "retry-after": "7" } } });
  await plan(ROUTE, { status: 502 });
  await expect(comment()).rejects.toMatchObject({ status: 502 });
  await plan(ROUTE, { cut: { afterBytes: 10 } });
  await expect(comment()).rejects.toThrow("aborted");
  await plan("Ask", { status: 500 });
  await expect(graphql("query Ask { viewer { login } }")).rejects.toThrow("GraphQL answered 500");
  const fired = await getJson(`${sim.facts.url}/_sim/faults`, z.array(z.object({ fired: z.number() })));
  expect(fired.map((fault) => fault.fired)).toEqual([1]);
});
