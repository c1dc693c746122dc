/** Why a git command is refused and what does the same job. */

export interface Guidance {
  reason: string;
  instead: string;
}

const WORKTREE_FORMS =
  "git worktree add -b <branch> <worktrees>/<repo>/<branch> [<start>] | git worktree add <worktrees>/<repo>/<branch> <branch> | git worktree add --detach <worktrees>/<repo>/<name> <commit>";
const REWRITES: Guidance = {
  reason: "it rewrites history that others may already have",
  instead: "git merge <branch>, git revert <commit>, or a new commit",
};
const SWITCHES: Guidance = {
  reason: "every branch has a worktree of its own; an existing one is never switched",
  instead: "git worktree add -b <branch> <worktrees>/<repo>/<branch> origin/<base>, or git restore -- <path>",
};
const DISCARDS: Guidance = { reason: "it discards work", instead: "git restore -- <path> or git revert <commit>" };
const PEOPLE: Guidance = { reason: "releases are made by people", instead: "git tag --list" };

/** Commands that exist in git and not here. */
const UNAVAILABLE: Readonly<Record<string, Guidance>> = {
  checkout: SWITCHES,
  switch: SWITCHES,
  pull: { reason: "it hides a merge", instead: "git fetch, then git merge origin/<branch>" },
  reset: DISCARDS,
  clean: DISCARDS,
  rebase: REWRITES,
  "cherry-pick": REWRITES,
  "filter-branch": REWRITES,
  replace: REWRITES,
  stash: { reason: "stashes are shared by all worktrees of a repository", instead: "commit on the branch" },
  submodule: { reason: "submodules run code of their own", instead: "move it out of the worktree" },
  init: { reason: "repositories come from the git host", instead: "git clone https://<host>/<owner>/<repo>" },
  rm: { reason: "files are removed in the shell", instead: "rm <path>, then git add -A" },
  mv: { reason: "files are moved in the shell", instead: "mv <from> <to>, then git add -A" },
  apply: { reason: "patches are applied by editing files", instead: "edit the files, then git add -A" },
  am: { reason: "patches are applied by editing files", instead: "edit the files, then git commit" },
};

/** What to do instead of a shape that a known command does not accept. */
const SHAPES: Readonly<Record<string, string>> = {
  clone: "git clone https://<host>/<owner>/<repo>",
  push: "git push origin HEAD:refs/heads/<branch>",
  add: "git add -A or git add <paths>",
  commit: "git commit -m <subject> [-m <body>], or git commit -F - with a heredoc",
  restore: "git restore [--staged] [--source <tree>] -- <path>",
  worktree: WORKTREE_FORMS,
  fetch: "git fetch [--prune] [origin <branch> | origin pull/<n>/head:pr-<n>]",
  branch: "git branch --list [<pattern>]; a new branch comes with git worktree add -b <branch> …",
  tag: "git tag --list [<pattern>]; releases are made by people",
  remote: "git remote -v or git remote get-url origin",
  config: "git config --get <key> or git config --list",
  stash: "git stash list or git stash show stash@{n}; keep work as commits on the branch",
  reflog: "git reflog [show] [<ref>]",
  grep: "git grep -e <pattern> [<rev>] [-- <path>]; read files directly",
  diff: "git diff [<rev>] [-- <path>]; files outside are compared in the shell",
  log: "git log [<rev>] [-- <path>]; redirect the output in the shell",
  revert: "git revert <commit>",
  merge: "git merge <branch>",
};

const ELSEWHERE: Guidance = {
  reason: "it is not one of the allowed commands",
  instead: "git help lists what is allowed",
};

/** Advice for a command that no row allows. */
export function unavailable(word: string, near: readonly string[]): Guidance {
  const known = Object.hasOwn(UNAVAILABLE, word) ? UNAVAILABLE[word] : undefined;
  if (known !== undefined) return known;
  if (word === "tag") return PEOPLE;
  return near.length === 0 ? ELSEWHERE : { ...ELSEWHERE, instead: `nearest allowed: ${near.join(", ")}` };
}

export const acceptedShape = (word: string): string | undefined =>
  Object.hasOwn(SHAPES, word) ? SHAPES[word] : undefined;
