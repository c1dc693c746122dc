/** Why a command of gh is refused and what does the same job. */
import type { Denial } from "../denial.ts";

type Advice = Omit<Denial, "rule">;

const PEOPLE_DECIDE: Advice = {
  reason: "people approve, merge and close",
  instead: "say in the thread that it is ready",
};
const BY_COMMENT: Advice = {
  reason: "what people wrote is not changed",
  instead: "gh pr comment <number> --body-file - with the request, or gh issue comment",
};
const MAINTAINED: Advice = { reason: "releases and labels are made by people", instead: "ask in the thread" };
const IN_GIT: Advice = {
  reason: "every branch has a worktree of its own",
  instead: "git fetch origin pull/<n>/head:pr-<n>, then git worktree add <worktrees>/<repo>/pr-<n> pr-<n>",
};
const STOPS: Advice = { reason: "what runs is stopped by people", instead: "ask in the thread" };

const UNAVAILABLE: Readonly<Record<string, Advice>> = {
  "pr merge": PEOPLE_DECIDE,
  "pr close": BY_COMMENT,
  "pr edit": BY_COMMENT,
  "pr ready": PEOPLE_DECIDE,
  "pr reopen": PEOPLE_DECIDE,
  "pr checkout": IN_GIT,
  "issue edit": BY_COMMENT,
  "issue close": BY_COMMENT,
  "run cancel": STOPS,
  "run delete": STOPS,
  "workflow disable": STOPS,
  "workflow enable": STOPS,
  "release create": MAINTAINED,
  "release edit": MAINTAINED,
  "release delete": MAINTAINED,
  "label create": MAINTAINED,
  "auth token": { reason: "no command shows a token", instead: "gh auth status" },
  "auth login": { reason: "the App is logged in already", instead: "gh auth status" },
  "repo clone": { reason: "clones are made by git", instead: "git clone https://<host>/<owner>/<repo>" },
};

const HEREDOC = "--body-file - <<'EOF' … EOF";
const SHAPES: Readonly<Record<string, string>> = {
  "pr create": `gh pr create --title <title> ${HEREDOC}`,
  "pr comment": `gh pr comment <number> ${HEREDOC}`,
  "issue comment": `gh issue comment <number> ${HEREDOC}`,
  "pr review": `gh pr review [<number>] --comment|--request-changes ${HEREDOC}`,
  "issue create": `gh issue create --title <title> ${HEREDOC}`,
  api: "gh api repos/{owner}/{repo}/…; to write use gh pr comment, gh pr review or gh issue comment",
  "workflow run": "gh workflow run <workflow> --ref <branch> -f <key>=<value>",
  "run download": "gh run download <run> --dir <directory of the worktree>",
  "search code": "gh search code <words>; the search stays in this repository",
};

const OTHER_REPOSITORY =
  "cd into a worktree of that repository; the repository is always that of the working directory";

/** Advice for words that no row has. */
export const adviseGh = (args: readonly string[]): Advice | undefined => {
  const name = args.slice(0, 2).join(" ");
  return Object.hasOwn(UNAVAILABLE, name) ? UNAVAILABLE[name] : undefined;
};

/** What a command accepts, for an argument that it does not. */
export function acceptedGhShape(match: readonly string[], reason: string): string | undefined {
  if (/option (-R|--repo)\b/.test(reason)) return OTHER_REPOSITORY;
  const name = match.join(" ");
  return Object.hasOwn(SHAPES, name) ? SHAPES[name] : undefined;
}
