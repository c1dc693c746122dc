/** Starts a run that was just opened: its pass, then its turn; an older run of the conversation learns that it is over. */
import type { Log } from "@thor/kit/flow/log";
import type { Ledger } from "@thor/ledger/port";

import { PASS_UNWRITABLE, type GiveUp } from "./give-up.ts";
import type { Ready } from "./prepare-run.ts";
import type { StartRun } from "./start-run.ts";
import type { Turn } from "./turn.ts";

export interface BeginRunDeps extends Pick<Ledger, "triggerById"> {
  log: Log;
  writePass: (pass: { sessionId: string; anchorId: string; cwd: string }) => Promise<void>;
  startRun: StartRun;
  giveUp: GiveUp;
  /** Finishes the control message of a run that a newer one has ended. */
  onSuperseded: (turn: Turn) => Promise<void>;
}

export interface Begun {
  accepted: true;
  sessionId: string;
  triggerId: string;
  resumed: boolean;
}

function supersede({ log, onSuperseded }: BeginRunDeps, ended: Turn | undefined): void {
  if (ended === undefined) return;
  onSuperseded(ended).catch((err: unknown) =>
    log.error({ event: "progress_failed", triggerId: ended.triggerId, err }, "control message of an older run failed"),
  );
}

export const createBeginRun =
  (deps: BeginRunDeps) =>
  async (anchorId: string, ready: Ready, opened: { triggerId: string; runFence: number }): Promise<Begun> => {
    const { sessionId, directory, resumed } = ready;
    const { triggerId, runFence } = opened;
    supersede(deps, ready.ended);
    const run = await deps.triggerById({ triggerId });
    if (run === undefined) throw new Error("an opened run is not in the ledger");
    const answer: Begun = { accepted: true, sessionId, triggerId, resumed };
    try {
      await deps.writePass({ sessionId, anchorId, cwd: directory });
    } catch (err) {
      deps.log.error({ event: "pass_unwritable", triggerId, err }, "pass not written");
      await deps.giveUp(run, runFence, PASS_UNWRITABLE);
      return answer;
    }
    await deps.startRun(run, { isFresh: true, runFence, sessionId, directory });
    deps.log.info({ event: "trigger_accepted", triggerId, anchorId, sessionId, resumed }, "trigger accepted");
    return answer;
  };
export type BeginRun = ReturnType<typeof createBeginRun>;
