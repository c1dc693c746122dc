/** Takes up every run that nobody drives: its lease has lapsed, so its driver is gone; stored messages say where it stands. */
import type { Log } from "@thor/kit/flow/log";
import type { Ledger, Run } from "@thor/ledger/port";

import { RUN_LEASE_MS } from "../core/run-lease.ts";
import { PASS_UNWRITABLE, type GiveUp } from "./give-up.ts";
import { helperRunAge } from "./helper-runs.ts";
import type { StartRun } from "./start-run.ts";
import type { Turn } from "./turn.ts";
import type { Turns } from "./turns.ts";

const PAUSE_MS = 2000;

export interface RecoverRunsDeps extends Pick<
  Ledger,
  "openTriggers" | "readLease" | "acquireLease" | "releaseLease" | "anchorById" | "triggerById"
> {
  log: Log;
  now: () => number;
  holder: string;
  startRun: StartRun;
  giveUp: GiveUp;
  turns: Turns<Turn>;
  writePass: (pass: { sessionId: string; anchorId: string; cwd: string }) => Promise<void>;
}

const NOWHERE = {
  status: "crashed",
  reason: "start_lost",
  error: "A restart came before this began. Mention me again to start it.",
} as const;

/** A test that left its run open: nothing may look stuck for ever. */
const FORGOTTEN = { status: "aborted", reason: "e2e_expired", error: "a test left this run open" } as const;

export function createRecoverRuns(deps: RecoverRunsDeps) {
  const { log, holder } = deps;

  const drive = async (run: Run, runFence: number): Promise<void> => {
    const { id: triggerId, anchorId, sessionId } = run;
    if (run.cause === "e2e") return deps.giveUp(run, runFence, FORGOTTEN);
    const directory = (await deps.anchorById({ anchorId }))?.directory;
    if (directory === undefined || sessionId === undefined) return deps.giveUp(run, runFence, NOWHERE);
    try {
      await deps.writePass({ sessionId, anchorId, cwd: directory });
    } catch (err) {
      log.error({ event: "pass_unwritable", triggerId, err }, "pass not written");
      return deps.giveUp(run, runFence, PASS_UNWRITABLE);
    }
    await deps.startRun(run, { isFresh: false, runFence, sessionId, directory });
    log.info({ event: "run_recovered", triggerId, anchorId, status: run.status }, "run taken up again");
  };

  const take = async (found: Run): Promise<void> => {
    const { id: triggerId, anchorId } = found;
    if (helperRunAge(found, deps.now()) === "young") return;
    const name = `run:${anchorId}`;
    const held = await deps.readLease({ name });
    if (held?.holder !== undefined && held.expiresAt > deps.now()) return;
    const lease = await deps.acquireLease({ name, holder, ttlMs: RUN_LEASE_MS });
    if (lease.kind !== "acquired") return;
    // Read again under the lease: the run may have ended since the list was made.
    const run = await deps.triggerById({ triggerId });
    if (run !== undefined && run.endedAt === undefined) return drive(run, lease.fence);
    await deps.releaseLease({ name, holder, fence: lease.fence });
  };

  /** One round; answers the pause before the next. A run that cannot be taken up does not keep others waiting. */
  return async (signal: AbortSignal): Promise<number> => {
    for (const run of await deps.openTriggers()) {
      if (signal.aborted) break;
      if (deps.turns.ofAnchor(run.anchorId) !== undefined) continue;
      await take(run).catch((err: unknown) =>
        log.error({ event: "recover_failed", triggerId: run.id, err }, "run not taken up"),
      );
    }
    return PAUSE_MS;
  };
}
