/** Asks GitHub and the clone, through remote-cli, what a plan must know; never throws. */
import type { ExecResult } from "@thor/domain/exec";

import type { Command, RemoteExec } from "../core/github/command.ts";
import { readHead } from "../core/github/gh-answers.ts";
import { haveAllEnded, readCheckRows } from "../core/plan/check-rows.ts";
import type { GithubLookup, HeadFact, SuiteFact } from "../core/plan/deciding.ts";
import { failureOf, unreachedOf, type LookUpFailure } from "../core/plan/look-up-failure.ts";

export interface LookUpDeps {
  exec: RemoteExec;
  /** The clone of a local repository. */
  directoryOf: (repo: string) => string;
}

const VIEW =
  "headRefName,headRefOid,headRepository,headRepositoryOwner,title,body,author,state,isDraft,baseRefName,url";
const CHECKS = "name,state,bucket,link,description,workflow";
/** Git's word for an object that is not there. */
const ABSENT = new Set([1, 128]);
/** gh's way to say that there are none. */
const NO_CHECKS = /no checks reported/i;

type Ran = { kind: "ran"; result: ExecResult } | LookUpFailure;

export function createLookUp({ exec, directoryOf }: LookUpDeps) {
  const run = async (command: Command): Promise<Ran> => {
    const answer = await exec(command);
    return answer.kind === "ok" ? { kind: "ran", result: answer.body } : unreachedOf(answer);
  };

  const head = async ({ repo, fullName, number }: Extract<GithubLookup, { kind: "head" }>): Promise<HeadFact> => {
    const args = ["pr", "view", String(number), "--repo", fullName, "--json", VIEW];
    const ran = await run({ bin: "gh", args, cwd: directoryOf(repo) });
    if (ran.kind !== "ran") return ran;
    if (ran.result.exitCode !== 0) return failureOf(ran.result);
    const found = readHead(ran.result.stdout, fullName);
    return found === undefined ? { kind: "failed", error: "gh pr view: unreadable" } : { kind: "head", head: found };
  };

  const authorOf = async (sha: string, cwd: string): Promise<{ kind: "author"; email: string } | SuiteFact> => {
    const exists = await run({ bin: "git", args: ["cat-file", "-e", sha], cwd });
    if (exists.kind !== "ran") return exists;
    if (ABSENT.has(exists.result.exitCode)) return { kind: "no_commit" };
    const log = await run({ bin: "git", args: ["log", "-1", "--format=%ae", sha], cwd });
    if (log.kind !== "ran") return log;
    const { exitCode, stdout } = log.result;
    const isKnown = exists.result.exitCode === 0 && exitCode === 0;
    return isKnown
      ? { kind: "author", email: stdout.trim() }
      : { kind: "failed", error: `git: exit ${exists.result.exitCode}, ${exitCode}` };
  };

  const suite = async ({ repo, number, sha }: Extract<GithubLookup, { kind: "suite" }>): Promise<SuiteFact> => {
    const cwd = directoryOf(repo);
    const author = await authorOf(sha, cwd);
    if (author.kind !== "author") return author;
    const plainArgs = ["pr", "checks", String(number)];
    const listed = await run({ bin: "gh", args: [...plainArgs, "--json", CHECKS], cwd });
    if (listed.kind !== "ran") return listed;
    const rows = NO_CHECKS.test(listed.result.stderr) ? [] : readCheckRows(listed.result.stdout);
    if (rows === undefined) return failureOf(listed.result);
    const shown = haveAllEnded(rows) ? await run({ bin: "gh", args: plainArgs, cwd }) : listed;
    if (shown.kind !== "ran") return shown;
    const command = `gh ${plainArgs.join(" ")}`;
    return { kind: "checks", authorEmail: author.email, rows, shown: { command, ...shown.result } };
  };

  return { head, suite };
}
export type LookUp = ReturnType<typeof createLookUp>;
