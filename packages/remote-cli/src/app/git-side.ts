import { randomUUID } from "node:crypto";

import { systemClock } from "@thor/kit/system-clock";

import { createDefaultBranches } from "../adapters/default-branches.ts";
import { findProgram } from "../adapters/find-program.ts";
import * as facts from "../adapters/git-facts.ts";
import { createGitRunner } from "../adapters/git-runner.ts";
import { readProvenFile } from "../adapters/opened-directory.ts";
import { createWorktreeOwners } from "../adapters/worktree-owners.ts";
import { findSecret } from "../core/outbound/secret-scan.ts";
import { createGitDecide } from "../flows/git/decide.ts";
import { createGitExecute } from "../flows/git/execute.ts";
import { createGitLearn } from "../flows/git/learn.ts";
import { createLeaseLock } from "../flows/lease-lock.ts";
import { createPersonOf, judgeRulesOf, viewerLinkOf, type Parts, type Placing } from "./parts.ts";

/** Git: what it may do, how it is started, and what is remembered afterwards. */
export async function createGitSide(parts: Parts, placing: Placing, forgetSandbox: (root: string) => Promise<void>) {
  const { config, log, ledger, view, heldSecrets, github, confine, runChild, toolPaths } = parts;
  const { roots } = placing;
  const clock = systemClock;
  const viewerLink = viewerLinkOf(config);
  const git = createGitRunner({
    identity: config.github,
    git: findProgram("git", toolPaths.git),
    path: config.path,
    callsDirectory: config.callsDirectory,
    confine,
    runChild,
    log,
  });
  const owners = createWorktreeOwners(roots, config.passesDirectory);
  const clones = facts.createCloneDirectories(roots.repos);
  await Promise.all([owners.rebuild(), clones.discardLeftovers()]);
  const learn = createGitLearn({
    ...ledger,
    log,
    viewerLink,
    ownWorktree: owners.own,
    disownWorktree: async (path, anchorId) => {
      await owners.disown(path, anchorId);
      // Nobody waits for it: the sweep takes what stays.
      forgetSandbox(path).catch((err: unknown) => log.warn({ event: "sandbox_stays", err }, "sandbox not removed"));
    },
    setUpstream: facts.setUpstream,
  });
  const execute = createGitExecute({
    log,
    run: git,
    lock: createLeaseLock({ ...ledger, clock, holder: `remote-cli:${process.pid}:${randomUUID()}` }),
    mint: github.token,
    evict: github.evict,
    makeCloneDirectory: clones.make,
    moveClone: clones.move,
    discard: clones.discard,
    makeParents: facts.makeParents,
    lockFiles: facts.lockFiles,
    learn,
  });
  return createGitDecide({
    ...ledger,
    ...placing,
    host: config.github.host,
    grants: () => view.current().admission,
    protectedGlobs: () => view.current().admission.github.protectedBranches,
    findNested: facts.createFindNested(git),
    findLinked: facts.createFindLinked(git),
    defaultBranch: createDefaultBranches(github, clock),
    readFile: readProvenFile,
    personOf: createPersonOf(parts),
    findSecret: (text) => findSecret(text, heldSecrets()),
    rules: judgeRulesOf(parts),
    headBranch: facts.headBranch,
    inspectNewWorktree: facts.inspectNewWorktree,
    existingClone: facts.existingClone,
    execute,
  });
}
