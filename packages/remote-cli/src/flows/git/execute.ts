/** Carries out a decided git call: lock, token, child, and what has to be remembered when it succeeded. */
import type { Log } from "@thor/kit/flow/log";

import type { Call, Outcome, Sink } from "../../core/call.ts";
import { decodedSink, exited, outcomeOfChild, type ChildEnded } from "../../core/child-outcome.ts";
import { upwards } from "../../core/git/gitdir.ts";
import type { RepositoryPlace } from "../../core/git/place.ts";
import { hasOption } from "../../core/grammar/spec.ts";
import { limitsOf, type ChildLimits } from "../../core/limits.ts";
import type { Learn } from "./learn.ts";
import type { GitPlan } from "./plan.ts";

interface ChildRun extends ChildLimits {
  argv: readonly string[];
  cwd: string;
  repository?: { gitDir: string; workTree: string; root: string; commonDir: string } | undefined;
  isRead: boolean;
  stdin?: string | undefined;
  credential?: { url: string; token: string } | undefined;
  writable?: readonly string[] | undefined;
  signal: AbortSignal;
  onStdout: (chunk: Uint8Array) => void;
  onStderr: (chunk: Uint8Array) => void;
}
type Locked = { kind: "locked"; unlock: () => Promise<void> } | { kind: "busy" } | { kind: "cancelled" };

export interface ExecuteDeps {
  log: Log;
  run: (run: ChildRun) => Promise<ChildEnded>;
  lock: (name: string, signal: AbortSignal) => Promise<Locked>;
  mint: (request: {
    installationId: number;
    owner: string;
    repo: string;
    use: "read" | "push";
  }) => Promise<{ kind: "token"; token: string } | { kind: "failed"; text: string }>;
  evict: (token: string) => void;
  /** An empty folder beside the place of a new clone. */
  makeCloneDirectory: () => Promise<string>;
  moveClone: (from: string, to: string) => Promise<boolean>;
  discard: (path: string) => Promise<void>;
  /** Makes the folders above a new worktree. */
  makeParents: (path: string) => Promise<string>;
  /** Removes lock files of a killed writer that were not there before it started. */
  lockFiles: (place: RepositoryPlace) => Promise<{ removeNew: () => Promise<void> }>;
  learn: Learn;
}
interface Watching {
  signal: AbortSignal;
  sink: Sink;
}
export type Execute = (call: Call, plan: GitPlan, watching: Watching) => Promise<Outcome>;

const BUSY = "another git command is running here\n";

function lockName(call: Call, { command, place, target }: GitPlan): string | undefined {
  const { lock, id } = command.spec;
  if (id === "clone") return `repo:${target ?? ""}`;
  if (lock === "none" || place === undefined) return undefined;
  if (lock === "refs") return `repo:${place.commonDir}`;
  return call.caller.kind === "service" ? undefined : `worktree:${place.root}`;
}

const rejected = /Authentication failed|HTTP Basic: Access denied|error: 401/;
const MOVED =
  "[thor] origin moved: the git host answered with a redirect, which is not followed. Ask an operator to update origin.\n";

interface Child {
  plan: GitPlan;
  watching: Watching;
  writable: readonly string[];
  argv: readonly string[];
  /** With a token that takes the place of one that was not taken. */
  isAgain?: boolean;
}

/** A token for the repository of a plan that talks to the git host. */
async function credentialFor(deps: ExecuteDeps, { command, origin }: GitPlan) {
  if (origin?.kind !== "trusted") return { kind: "none" as const };
  const { owner, repo, url } = origin.remote;
  const use = command.spec.id === "push" ? ("push" as const) : ("read" as const);
  const minted = await deps.mint({ installationId: origin.installationId, owner, repo, use });
  if (minted.kind === "failed") return minted;
  return { kind: "credential" as const, url: url.replace(/\.git$/, ""), token: minted.token };
}

/**
 * Runs the child of a plan and reports how it ended; output goes through the sink only. A token that the git host does
 * not take any more is replaced once: nothing was done with it, and nothing of it is told.
 */
async function runChild(deps: ExecuteDeps, call: Call, given: Child): Promise<Outcome> {
  const { plan, watching, isAgain = false } = given;
  const credential = await credentialFor(deps, plan);
  if (credential.kind === "failed") {
    watching.sink("stderr", `${credential.text}\n`);
    return exited(1);
  }
  if (credential.kind === "none") return runOnce(deps, call, { ...given, credential: undefined });
  let held = "";
  const sink: Sink = (stream, text) => (stream === "stderr" ? void (held += text) : watching.sink(stream, text));
  const outcome = await runOnce(deps, call, { ...given, credential, watching: { ...watching, sink } });
  if (rejected.test(held)) {
    deps.evict(credential.token);
    if (!isAgain && outcome.exitCode !== 0 && !watching.signal.aborted)
      return runChild(deps, call, { ...given, isAgain: true });
  }
  watching.sink("stderr", held);
  return outcome;
}

async function runOnce(
  deps: ExecuteDeps,
  call: Call,
  given: Child & { credential: ChildRun["credential"] },
): Promise<Outcome> {
  const { plan, watching, writable, argv, credential } = given;
  const { command, place, opened, stdin } = plan;
  const { spec } = command;
  const limits = limitsOf(spec.class, call.caller.kind === "service");
  let said = "";
  const out = decodedSink(watching.sink, "stdout");
  const err = decodedSink((stream, text) => {
    said = (said + text).slice(-4000);
    watching.sink(stream, text);
  }, "stderr");
  const ended = await deps.run({
    ...limits,
    argv,
    cwd: opened.handlePath,
    repository: place === undefined ? undefined : { ...place, workTree: upwards(place.root, place.cwd) },
    isRead: spec.effect === "read" || spec.effect === "net-read",
    stdin,
    credential,
    writable,
    signal: watching.signal,
    onStdout: out.push,
    onStderr: err.push,
  });
  out.end();
  err.end();
  if (/redirect|returned error: 30\d/i.test(said)) watching.sink("stderr", MOVED);
  return outcomeOfChild("git", ended, { limits, sink: watching.sink });
}

/** A clone appears whole or not at all: it is made beside its place and moved when it is complete. */
async function runClone(deps: ExecuteDeps, call: Call, given: { plan: GitPlan; watching: Watching }): Promise<Outcome> {
  const { plan, watching } = given;
  const { target = "" } = plan;
  const temporary = await deps.makeCloneDirectory();
  try {
    const argv = [...plan.argv.slice(0, -1), temporary];
    const outcome = await runChild(deps, call, { plan, watching, argv, writable: [temporary] });
    if (outcome.exitCode !== 0) return outcome;
    if (await deps.moveClone(temporary, target)) return outcome;
    watching.sink("stderr", `${target} exists already\n`);
    return exited(1);
  } finally {
    await deps.discard(temporary);
  }
}

async function runInPlace(
  deps: ExecuteDeps,
  call: Call,
  given: { plan: GitPlan; watching: Watching },
): Promise<Outcome> {
  const { plan, watching } = given;
  const { place, target, command } = plan;
  const isAdd = command.spec.id.startsWith("worktree.add");
  const writable = target === undefined ? [] : [await deps.makeParents(target)];
  const locks = place === undefined || command.spec.lock === "none" ? undefined : await deps.lockFiles(place);
  const outcome = await runChild(deps, call, { plan, watching, writable, argv: plan.argv });
  if (outcome.ended !== "exit") await locks?.removeNew();
  const isDry = hasOption(command, "--dry-run");
  if (outcome.exitCode === 0 && !isDry) await deps.learn(call, plan, watching.sink);
  else if (isAdd && target !== undefined) deps.log.info({ event: "worktree_add_failed", target }, "worktree not added");
  return outcome;
}

export const createGitExecute =
  (deps: ExecuteDeps): Execute =>
  async (call, plan, watching) => {
    const name = lockName(call, plan);
    const locked = name === undefined ? undefined : await deps.lock(name, watching.signal);
    if (locked?.kind === "cancelled") return exited(130, "cancelled");
    if (locked?.kind === "busy") {
      watching.sink("stderr", BUSY);
      return exited(75);
    }
    try {
      const run = plan.command.spec.id === "clone" ? runClone : runInPlace;
      return await run(deps, call, { plan, watching });
    } finally {
      await locked?.unlock();
    }
  };
