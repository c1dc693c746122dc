import { describe, expect, it } from "vitest";

import { renderCommand } from "../grammar/render.ts";
import { parseGit, readGitWords } from "./command.ts";

const place = { root: "/w/worktrees/r/feat/x", cwd: "/w/worktrees/r/feat/x" };

/** The canonical argv, or the rule that refuses. */
function verdict(line: string | readonly string[], at = place): string {
  const args = typeof line === "string" ? line.split(" ") : line;
  const words = readGitWords(args, false);
  if (words.kind !== "command") return words.kind === "denied" ? `D ${words.rule}` : "help";
  const parsed = parseGit(words, at);
  return parsed.kind === "ok" ? renderCommand(parsed.command).join(" ") : `D ${parsed.rule}`;
}
const safeDiff = "--no-ext-diff --no-textconv --submodule=short --ignore-submodules=all";

describe("canonical form", () => {
  it.each([
    [
      "log -p -M50% --since=2.weeks --author=x -- src",
      `log --author=x --since=2.weeks --patch --find-renames=50% ${safeDiff} --end-of-options -- src`,
    ],
    ["status -sb", "status --short --branch --ignore-submodules=all"],
    ["grep -nE a|b main -- src", "grep -n -E --no-textconv -e a|b main -- src"],
    ["blame -L 1,20 -w f", "blame -L1,20 -w --no-textconv -- f"],
    ["fetch", "fetch --no-recurse-submodules --no-auto-maintenance --end-of-options origin"],
    [
      "fetch --prune --tags",
      "fetch --prune --tags --no-recurse-submodules --no-auto-maintenance --end-of-options origin",
    ],
    ["fetch --all --prune", "fetch --prune --no-recurse-submodules --no-auto-maintenance --end-of-options origin"],
    ["ls-remote --heads", "ls-remote --heads --end-of-options origin"],
    ["log --oneline -5", `log --max-count=5 --oneline ${safeDiff} --end-of-options`],
    [
      "push origin HEAD:refs/heads/feat/x --dry-run -u",
      "push --dry-run --no-verify --no-follow-tags --no-signed --recurse-submodules=no --end-of-options origin HEAD:refs/heads/feat/x",
    ],
    ["branch -vv", "branch --verbose --verbose --list --end-of-options"],
    ["branch --merged", "branch --merged=HEAD --list --end-of-options"],
    ["tag -n5 --list", "tag -n5 --list --end-of-options"],
    ["rev-list dev --not main", "rev-list --not --not --end-of-options dev ^main"],
    ["log --not --remotes HEAD", `log ${safeDiff} --not --remotes --not --end-of-options ^HEAD`],
    ["add a b", "add -- a b"],
    ["-C /w/repos/r status", "status --ignore-submodules=all"],
    ["-C=/w/repos/r status", "status --ignore-submodules=all"],
    ["--version", "version"],
    ["stash show stash@{0}", "stash show --no-ext-diff --no-textconv --ignore-submodules=all stash@{0}"],
  ])("writes %s in its one way", (line, canonical) => {
    expect(verdict(line)).toBe(canonical);
  });
});

describe("what is let in", () => {
  it.each(
    `status|log --oneline -5|diff HEAD~1|show HEAD:f|rev-parse --abbrev-ref HEAD|rev-list --count main..HEAD|merge-base main HEAD
describe --tags --always|merge-base --is-ancestor a b|merge-base --fork-point main|cat-file -p HEAD:f|cat-file blob HEAD:f
for-each-ref --sort=-committerdate --format=%(refname:short) refs/heads|range-diff main...HEAD|shortlog -sne|cherry -v main
ls-tree -r --name-only HEAD|fetch origin pull/7/head:pr-7|fetch origin +refs/heads/main:refs/remotes/origin/main|ls-remote
ls-remote origin refs/heads/main|branch --show-current|branch -a|branch --list feat/*|remote -v|remote get-url origin
restore --source HEAD~1 -- f|restore -S -- f|add -A|add .|commit -m s -m b|commit -F msg.txt|commit -F -|config --get user.name
config --list --show-origin|worktree add -b feat/a /w/worktrees/r/feat/a origin/main|worktree add /w/worktrees/r/pr-1 pr-1
worktree add --detach /w/worktrees/r/pr-1 abc|worktree remove /w/worktrees/r/x|merge origin/main|merge --squash x|merge --abort
merge|merge --continue|revert HEAD|revert --no-edit -m 1 HEAD|tag|tag -l v*|tag --list --sort=-creatordate|stash list
reflog|reflog show HEAD|reflog exists HEAD|diff main feat -- a b|log --format=%h|fetch origin tag v1|remote show origin
cat-file --batch-check --batch-all-objects|check-ignore -v a|rev-parse --verify -q HEAD|worktree list --porcelain|branch --contains abc`.split(
      /[|\n]/,
    ),
  )("%s", (line) => {
    expect(verdict(line)).not.toMatch(/^D /);
  });
});

describe("what is kept out", () => {
  it.each(
    `merge-base --is-ancestor a|cat-file --batch|cat-file --filters HEAD:f|cat-file --textconv HEAD:f|for-each-ref --format=%(signature)
fetch upstream|fetch --upload-pack=x origin|fetch --depth 0 origin|fetch --tags --no-tags|fetch origin main:refs/heads/other
fetch origin +x:refs/heads/main|fetch -f|fetch -u|ls-remote main|branch new|branch -d x|branch -m a b|branch -f x|branch -u origin/x
remote add x y|remote set-url origin z|remote show evil|restore f|restore --|add -p|add -A .|add|commit --amend
commit --no-verify -m x|commit -am x|commit -m x -F y|commit|commit -F ../../../other/f|commit -F /etc/hostname|config user.name x
config --global --list|config --get a --list|config -f x --list|config --blob x --list|config --get
worktree add -b a /w/worktrees/r/b|worktree add -b a -b b /w/worktrees/r/a|worktree add --detach -b a /w/worktrees/r/a x
worktree add /w/worktrees/r/a|worktree remove --force /w/worktrees/r/x|worktree move a b|push|push origin feat|push upstream HEAD:refs/heads/x
push --force origin HEAD:refs/heads/x|push origin +HEAD:refs/heads/x|push origin HEAD:refs/tags/x|push origin :refs/heads/x
push --receive-pack=x origin HEAD:refs/heads/x|push --mirror|push origin HEAD:refs/heads/../heads/main|push origin HEAD:refs/heads/a..b
push origin HEAD:refs/heads/x.lock|push origin HEAD:refs/heads/feat//x|push origin HEAD:refs/heads/-x/../y|push origin HEAD:refs/heads/x:y
push --dry-run --dry-run origin HEAD:refs/heads/x|merge --no-verify x|merge --no-verif x|merge -F f x|merge -s resolve x|merge -S x|merge a b
revert -e HEAD|revert -S HEAD|tag v1|tag -d v1|tag -a v1|tag v*|tag --format -l evil|stash|stash pop|stash push|stash show /etc
-C ../x|-C a -C b status|-C /w/repos/r|-c a=b status|--exec-path=x status|--git-dir=x status|--no-pager log|checkout x|switch x|pull|rebase
reset|init|submodule|symbolic-ref|cherry-pick|archive|bundle|gc|--version --build-options|reflog expire --expire=now --all|reflog delete HEAD@{0}
diff ../../../x y|log --format=%G?|log --format=%(describe)|log --sinc=x|status --shor|grep -Osh needle|grep --open-files-in-pager=sh x
shortlog --not|log --output=f|show --output f|diff --output=f|shortlog --output=f|stash list --output=f|diff-tree --output=f HEAD|range-diff --output=f a...b
diff --no-index /dev/null f|diff /dev/null /etc/passwd|diff -- /dev/null f|blame --contents k f|grep -f k x|ls-files -X k|blame -S k f
merge -F k x|log -O/etc/passwd|help-me -w|log --show-signature|rev-parse --parseopt|log -n --output=f|branch --format -d x|grep --no-index x
log --ext-diff|diff --textconv|ls-files --exclude-from=k|add --pathspec-from-file=k|log --stdin|describe --dirty|rev-parse --git-path x
log --end-of-options x|status .git/config|diff sub/.git/config x|ls-tree HEAD ../../.. |rev-parse --resolve-git-dir x|update-ref a b`
      .split(/[|\n]/)
      .map((line) => line.trimEnd()),
  )("%s", (line) => {
    expect(verdict(line)).toMatch(/^D /);
  });

  it("keeps a path inside the working tree, counted from where the command stands", () => {
    const inner = { ...place, cwd: `${place.root}/a/b` };
    expect(verdict("diff a ../x", inner)).not.toMatch(/^D /);
    expect(verdict("diff ../../../y y", inner)).toBe("D value.invalid");
  });

  it("refuses control characters and values that look like options", () => {
    for (const value of ["-x", "a\nb", "a\u0000b", "a".repeat(200_000)]) {
      expect(verdict(["log", `--author=${value}`])).toBe("D value.invalid");
    }
    expect(verdict(["commit", "-m", ""])).toBe("D value.invalid");
  });
});
