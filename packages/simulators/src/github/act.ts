/** Does things as a person: the page and tests act through this, and webhooks go out as for a real one. */
import type { Act, GithubAct } from "./act-schema.ts";
import type {
  createCheckDeeds,
  createCommentDeeds,
  createIssueDeeds,
  createReactionDeeds,
  createReviewDeeds,
} from "./deeds.ts";
import type { Comment, Issue, PullIssue, SpotComment } from "./entities.ts";
import { isPull, issueKey } from "./forge.ts";
import type { Repository } from "./hub.ts";
import type { Pushing } from "./pushing.ts";
import type { Stage } from "./stage.ts";

/** A deed that GitHub would refuse, in short. */
export class GithubRefusal extends Error {}

export interface Deeds {
  comments: ReturnType<typeof createCommentDeeds>;
  reviews: ReturnType<typeof createReviewDeeds>;
  issues: ReturnType<typeof createIssueDeeds>;
  reactions: ReturnType<typeof createReactionDeeds>;
  checks: ReturnType<typeof createCheckDeeds>;
  pushing: Pushing;
}

const refuse = (why: string): never => {
  throw new GithubRefusal(why);
};

/** Finding what an act is about; nothing there is a refusal. */
function createFinding({ forge }: Stage) {
  const issueOf = (repo: string, number: number): Issue => forge.issue(repo, number) ?? refuse("issue_not_found");
  return {
    issueOf,
    pullOf: (repo: string, number: number): PullIssue => {
      const issue = issueOf(repo, number);
      return isPull(issue) ? issue : refuse("not_a_pull_request");
    },
    commentOf: (id: number): Comment => forge.comments.get(String(id)) ?? refuse("comment_not_found"),
    spotOf: (id: number): SpotComment => {
      const comment = forge.comments.get(String(id));
      return comment?.spot === undefined ? refuse("review_comment_not_found") : { ...comment, spot: comment.spot };
    },
    repositoryOf: (name: string): Repository => forge.repositoryNamed(name) ?? refuse("repository_not_found"),
  };
}

/** Opens a pull request from a branch here or in somebody's fork; undefined when that branch does not exist. */
export function createOpenPull({ forge }: Stage, { issues, pushing }: Pick<Deeds, "issues" | "pushing">) {
  return async (draft: Omit<Act<"openPull">, "sim" | "do">): Promise<Issue | undefined> => {
    const { repo, head, base, title, body, as, isDraft } = draft;
    const [owner, branch] = head.includes(":") ? head.split(":") : [repo.split("/")[0], head];
    const headRepo = `${owner}/${repo.split("/")[1]}`;
    const headSha = await pushing.headOf(headRepo, branch ?? "");
    const baseSha = await pushing.headOf(repo, base);
    if (branch === undefined || headSha === undefined || baseSha === undefined) return undefined;
    const pull = { headRepo, headRef: branch, headSha, baseRef: base, baseSha, isDraft };
    await pushing.mirrorHead({ repo, number: forge.nextNumber(repo), pull }, headSha);
    return issues.open(repo, { title, body, user: as, labels: [], pull });
  };
}

type Handlers = { [Name in GithubAct["do"]]: (act: Act<Name>) => object | Promise<object> };

function createHandlers(stage: Stage, deeds: Deeds): Handlers {
  const { comments, reviews, issues, reactions, checks, pushing } = deeds;
  const { issueOf, pullOf, commentOf, spotOf, repositoryOf } = createFinding(stage);
  const openPull = createOpenPull(stage, deeds);
  const headOf = async (repo: string, branch: string) =>
    (await pushing.headOf(repo, branch)) ?? refuse("branch_not_found");
  const forkOf = (repo: string, owner: string) => repositoryOf(`${owner}/${repo.split("/")[1]}`);
  const numberOf = ({ number }: Issue) => ({ number });

  return {
    openIssue: ({ repo, as, title, body, labels }) => numberOf(issues.open(repo, { title, body, user: as, labels })),
    openPull: async (act) => numberOf((await openPull(act)) ?? refuse("branch_not_found")),
    comment: ({ repo, number, as, body }) => ({ id: comments.comment(issueOf(repo, number), as, body).id }),
    editComment: ({ id, as, body }) => ({ id: comments.edit(commentOf(id), as, body).id }),
    deleteComment: ({ id, as }) => {
      comments.remove(commentOf(id), as);
      return { id };
    },
    review: async ({ repo, number, as, ...draft }) => {
      const made = await reviews.review(pullOf(repo, number), { user: as, ...draft });
      return { id: made.review.id, comments: made.comments.map(({ id }) => id) };
    },
    replyReview: ({ inReplyTo, as, body }) => {
      const to = spotOf(inReplyTo);
      return { id: reviews.reply(pullOf(to.repo, to.number), to, { user: as, body }).id };
    },
    react: ({ repo, number, id, as, content }) => {
      const subject = id === undefined ? `issue/${issueKey(repo, number ?? 0)}` : `comment/${commentOf(id).id}`;
      return { id: reactions.react(subject, as, content).row.id };
    },
    close: ({ repo, number, as }) => numberOf(issues.change(issueOf(repo, number), as, { state: "closed" })),
    reopen: ({ repo, number, as }) => numberOf(issues.change(issueOf(repo, number), as, { state: "open" })),
    merge: async ({ repo, number, as }) => ({
      sha: (await pushing.merge(pullOf(repo, number), as)) ?? refuse("merge_conflict"),
    }),
    push: async ({ repo, as, ...change }) => ({ sha: await pushing.push(repositoryOf(repo), as, change) }),
    deleteBranch: async ({ repo, as, branch }) => {
      await headOf(repo, branch);
      await pushing.deleteBranch(repositoryOf(repo), as, branch);
      return { branch };
    },
    fork: ({ repo, as }) => ({ repo: `${pushing.fork(repositoryOf(repo), as).owner}/${repo.split("/")[1]}` }),
    deleteFork: ({ repo, as }) => {
      pushing.deleteFork(forkOf(repo, as));
      return {};
    },
    check: async ({ repo, as, branch, name, workflow, status, conclusion, summary }) => {
      const sha = await headOf(repo, branch);
      return { id: checks.check({ repo, sha, branch, name, workflow, status, conclusion, summary }, as).id, sha };
    },
    status: async ({ repo, as, branch, context, state, description, targetUrl }) => {
      const sha = await headOf(repo, branch);
      return { id: checks.status({ repo, sha, context, state, description, targetUrl }, as).id, sha };
    },
  };
}

export type PerformGithub = (act: GithubAct) => Promise<object>;

export function createPerform(stage: Stage, deeds: Deeds): PerformGithub {
  const handlers = createHandlers(stage, deeds);
  const run = <Name extends GithubAct["do"]>(name: Name, act: Act<Name>) => handlers[name](act);
  return async (act) => {
    if (stage.forge.account(act.as) === undefined) throw new GithubRefusal("user_not_found");
    return run(act.do, act);
  };
}
