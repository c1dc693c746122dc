/** Brings the folder of a pushed branch up to date, while nobody works in it, and tells the agent of that branch. */
import { parseCorrelationKey } from "@thor/domain/correlation-key";
import type { ExecResult } from "@thor/domain/exec";
import type { Claim, QueuedEvent } from "@thor/domain/queue";
import type { Clock } from "@thor/kit/flow/clock";
import type { Log } from "@thor/kit/flow/log";
import type { JsonAnswer } from "@thor/kit/pure/json-answer";
import type { Ledger } from "@thor/ledger/port";

import { branchKeyOf, branchOfRef, localNameOf } from "../../core/github/keys.ts";
import { syncOutcome, tellsAgent, type SyncStatus } from "../../core/push-sync/status.ts";
import { nextStep, type Next, type PushFacts, type Seen, type StepName } from "../../core/push-sync/steps.ts";
import { readPush, wakeOf, type PushEvent } from "../../core/push-sync/wake.ts";

const MAX_ATTEMPTS = 5;
/** While the branch's conversation works in the folder, nothing is touched; it is looked at again this often. */
const RUNNING_AGAIN_MS = 5000;
/** Longer than all commands of one push together. */
const LEASE_MS = 8 * 60_000;

export interface SyncPushDeps extends Pick<
  Ledger,
  "applyPlan" | "settle" | "engagement" | "liveWork" | "acquireLease" | "releaseLease" | "admit"
> {
  log: Log;
  clock: Clock;
  holder: string;
  /** The folder of a branch, by real path below the root of worktrees; undefined when it is not checked out. */
  folderOf: (repo: string, branch: string) => Promise<string | undefined>;
  mainCloneOf: (repo: string) => string;
  git: (args: readonly string[], cwd: string) => Promise<JsonAnswer<ExecResult>>;
}

type Synced = Exclude<Next, { kind: "run" }>;

/** Runs the steps one after the other; a command that could not be asked for is a failure that may pass. */
async function walk({ git }: Pick<SyncPushDeps, "git">, push: PushFacts): Promise<Synced> {
  const seen = new Map<StepName, Seen>();
  for (;;) {
    const next = nextStep(push, seen);
    if (next.kind !== "run") return next;
    const answer = await git(next.args, next.cwd);
    if (answer.kind !== "ok") return { kind: "failed", error: `git ${next.name}: ${answer.kind}` };
    seen.set(next.name, answer.body);
  }
}

const stampOf = (now: number) => new Date(now).toISOString().replaceAll(/[-:]|\.\d+/g, "");

/** A push as its folder is found: by the clone's local name and the branch. */
function placeOf({ ref, repository }: PushEvent) {
  const repo = localNameOf(repository.full_name);
  const branch = branchOfRef(ref) ?? ref;
  return { repo, branch, correlationKey: branchKeyOf(repo, { ref: branch }) };
}

/** What the ledger knows of the branch's conversation. */
function createConversationOf({ engagement }: Pick<SyncPushDeps, "engagement">) {
  return async (push: PushEvent) => {
    const parsed = parseCorrelationKey(placeOf(push).correlationKey);
    return parsed.kind === "bindable" ? engagement(parsed) : { engaged: false as const };
  };
}

/** How a push's claim ends: with a status, or by waiting for those who work in the folder. */
function createEnds(deps: SyncPushDeps) {
  const nothing = { drops: [], deads: [], reroutes: [], waits: [] };
  const apply = async ({ lane, fence }: Claim, change: Partial<Parameters<SyncPushDeps["applyPlan"]>[0]>) => {
    await deps.applyPlan({ lane, fence, ...nothing, ...change });
    await deps.settle({ lane, fence, result: { kind: "released" } });
  };
  return {
    finish: (claim: Claim, { id }: QueuedEvent, end: { status: SyncStatus; wake?: string | undefined }) => {
      const { status, wake } = end;
      const facts = { eventId: id, status, outcome: syncOutcome(status), wake };
      deps.log.info({ event: "github_push_event_handled", ...facts }, "push handled");
      return apply(claim, { drops: [{ id, reason: status, scrub: false }] });
    },
    waitFor: (claim: Claim, { id }: QueuedEvent, why: "run" | "lease") => {
      deps.log.info({ event: "push_sync_deferred_run_active", lane: claim.lane, why }, "push waits");
      return apply(claim, { waits: [{ id, notBefore: deps.clock.now() + RUNNING_AGAIN_MS }] });
    },
  };
}

export function createSyncPush(deps: SyncPushDeps) {
  const conversationOf = createConversationOf(deps);
  const { finish, waitFor } = createEnds(deps);

  const factsOf = async (push: PushEvent): Promise<PushFacts> => {
    const { repo, branch } = placeOf(push);
    const { after, deleted: isDeleted = false, repository } = push;
    const isDefault = branch === repository.default_branch;
    const mainClone = deps.mainCloneOf(repo);
    const directory = isDefault ? mainClone : await deps.folderOf(repo, branch);
    return { branch, after, isDeleted, isDefault, directory, mainClone, stamp: stampOf(deps.clock.now()) };
  };

  /** Tells the branch's conversation, if there is one. */
  const wake = async (event: QueuedEvent, push: PushEvent, done: Extract<Synced, { kind: "done" }>) => {
    if (!tellsAgent(done.status)) return undefined;
    if (!(await conversationOf(push)).engaged) return "push_wake_skipped_no_session";
    await deps.admit(wakeOf(event, { push, done, correlationKey: placeOf(push).correlationKey }));
    return "push_wake_triggered";
  };

  const sync = async (claim: Claim, event: QueuedEvent, push: PushEvent): Promise<void> => {
    const { lane, fence } = claim;
    const done = await walk(deps, await factsOf(push));
    if (done.kind === "done") return finish(claim, event, { status: done.status, wake: await wake(event, push, done) });
    if (claim.attempt >= MAX_ATTEMPTS) return finish(claim, event, { status: "push_sync_failed" });
    await deps.settle({ lane, fence, result: { kind: "failed", error: done.error, permanent: false } });
  };

  const isWorkedOn = async (push: PushEvent): Promise<boolean> => {
    const conversation = await conversationOf(push);
    if (!conversation.engaged) return false;
    return (await deps.liveWork({ anchorId: conversation.anchorId })).triggerId !== undefined;
  };

  /** Works one push off under the lease of its folder; older pushes of the branch were dropped before. */
  return async (claim: Claim, event: QueuedEvent): Promise<void> => {
    const push = readPush(event);
    if (await isWorkedOn(push)) return waitFor(claim, event, "run");
    const { directory } = await factsOf(push);
    if (directory === undefined) return sync(claim, event, push);
    const name = `worktree:${directory}`;
    const { holder } = deps;
    const lease = await deps.acquireLease({ name, holder, ttlMs: LEASE_MS });
    if (lease.kind !== "acquired") return waitFor(claim, event, "lease");
    try {
      await sync(claim, event, push);
    } finally {
      await deps.releaseLease({ name, holder, fence: lease.fence });
    }
  };
}
export type SyncPush = ReturnType<typeof createSyncPush>;
