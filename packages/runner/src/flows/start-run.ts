/** Turns an opened run into a driven one: pass, recorder, control message, lease renewal. */
import type { Log } from "@thor/kit/flow/log";
import type { Ledger, Run } from "@thor/ledger/port";

import type { Turn } from "./drive-turn.ts";
import type { DrivenRun } from "./driven-run.ts";
import { createProgressKeeper, silentKeeper, type KeepProgressDeps } from "./keep-progress.ts";
import { createRecorder } from "./record-steps.ts";
import type { Turns } from "./turns.ts";

export interface StartRunDeps extends KeepProgressDeps, Pick<Ledger, "upsertParts" | "progressOf"> {
  log: Log;
  drive: (driven: DrivenRun) => Turn;
  turns: Turns<Turn>;
  /** Whether Slack output is possible at all. */
  canSpeak: boolean;
  notes: () => Promise<readonly string[]>;
}

export const createStartRun =
  (deps: StartRunDeps) =>
  async (run: Run, opened: { runFence: number; sessionId: string; directory: string }): Promise<Turn> => {
    const { id: triggerId, anchorId, replyTo } = run;
    const place = replyTo?.kind === "slack" && deps.canSpeak ? replyTo : undefined;
    const keeper =
      place === undefined
        ? silentKeeper
        : createProgressKeeper(deps, {
            triggerId,
            place: { channel: place.channel, threadTs: place.threadTs },
            stored: await deps.progressOf({ triggerId }),
          });
    const recorder = createRecorder(deps, { triggerId, anchorId, runFence: opened.runFence });
    const turn = deps.drive({ run, ...opened, recorder, keeper, notes: await deps.notes() });
    deps.turns.add(turn);
    return turn;
  };
export type StartRun = ReturnType<typeof createStartRun>;
