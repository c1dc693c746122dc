/** Takes up every run that nobody drives: its lease has lapsed, so its driver is gone; stored messages say where it stands. */
import type { Log } from "@thor/kit/flow/log";
import type { Ledger, Run } from "@thor/ledger/port";

import { endingOf, endPromises } from "../core/end.ts";
import { newProgress } from "../core/progress/progress.ts";
import { failureText, finalText } from "../core/progress/render.ts";
import type { Turn } from "./drive-turn.ts";
import { createProgressKeeper, type KeepProgressDeps } from "./keep-progress.ts";
import type { StartRun } from "./start-run.ts";
import type { Turns } from "./turns.ts";

const LEASE_MS = 30_000;
const TOO_OLD_MS = 15 * 60_000;
const PAUSE_MS = 2000;
const ORPHANS = 50;

export interface RecoverRunsDeps
  extends
    KeepProgressDeps,
    Pick<Ledger, "openTriggers" | "acquireLease" | "anchorById" | "closeTrigger" | "orphanedProgress" | "triggerById"> {
  log: Log;
  holder: string;
  startRun: StartRun;
  turns: Turns<Turn>;
  writePass: (pass: { sessionId: string; anchorId: string; cwd: string }) => Promise<void>;
}

export function createRecoverRuns(deps: RecoverRunsDeps) {
  const giveUp = async (run: Run, runFence: number, error: string) => {
    const outbox = endPromises({
      triggerId: run.id,
      anchorId: run.anchorId,
      replyTo: run.replyTo,
      status: "crashed",
      answer: "",
      wasAsked: run.requesters.length > 0,
      hasPosted: false,
      hasLiveMessage: false,
      failure: failureText({ tools: 0 }, error),
    });
    await deps.closeTrigger({ triggerId: run.id, runFence, status: "crashed", reason: "start_lost", error, outbox });
  };

  const take = async (run: Run): Promise<void> => {
    const { id: triggerId, anchorId, sessionId } = run;
    const lease = await deps.acquireLease({ name: `run:${anchorId}`, holder: deps.holder, ttlMs: LEASE_MS });
    if (lease.kind !== "acquired") return;
    const anchor = await deps.anchorById({ anchorId });
    const isLost = run.promptSentAt === undefined && deps.now() - run.startedAt > TOO_OLD_MS;
    if (anchor?.directory === undefined || sessionId === undefined || isLost) {
      await giveUp(run, lease.fence, "A restart came before this began. Mention me again to start it.");
      return;
    }
    await deps.writePass({ sessionId, anchorId, cwd: anchor.directory });
    await deps.startRun(run, { runFence: lease.fence, sessionId, directory: anchor.directory });
    deps.log.info({ event: "run_recovered", triggerId, anchorId, status: run.status }, "run taken up again");
  };

  /** Control messages that a crash left at "working" although their run has ended. */
  const finishOrphans = async () => {
    for (const stored of await deps.orphanedProgress({ limit: ORPHANS })) {
      const run = await deps.triggerById({ triggerId: stored.triggerId });
      if (run === undefined || run.endedAt === undefined || deps.turns.ofAnchor(run.anchorId)?.triggerId === run.id)
        continue;
      const { status, reason, error } = run;
      if (status === "starting" || status === "running" || status === "parked") continue;
      const progress = { ...newProgress(run.startedAt), tools: run.tools, totals: run };
      const { channel, threadTs } = stored;
      const keeper = createProgressKeeper(deps, { triggerId: run.id, place: { channel, threadTs }, stored });
      await keeper.finish(finalText(progress, endingOf({ status, reason, error }), run.endedAt));
    }
  };

  /** One round; answers the pause before the next. */
  return async (): Promise<number> => {
    for (const run of await deps.openTriggers()) {
      if (deps.turns.ofAnchor(run.anchorId) === undefined) await take(run);
    }
    await finishOrphans();
    return PAUSE_MS;
  };
}
