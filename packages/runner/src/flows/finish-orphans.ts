/** Gives its last text to every control message that still says "working" although its run has ended. */
import type { Ledger, ProgressMessage, Run } from "@thor/ledger/port";

import { endingOf } from "../core/end.ts";
import { newProgress } from "../core/progress/progress.ts";
import { finalText } from "../core/progress/render.ts";
import { createProgressKeeper, type KeepProgressDeps, type LastWords } from "./keep-progress.ts";
import type { CreateLastWords } from "./last-words.ts";

const PAUSE_MS = 2000;
const MAX_PAUSE_MS = 300_000;
const ORPHANS = 50;

export interface FinishOrphansDeps extends KeepProgressDeps, Pick<Ledger, "orphanedProgress" | "triggerById"> {
  lastWords: CreateLastWords;
  /** Runs whose control message gets its last text here and now. */
  finishing: ReadonlySet<string>;
}

function lastOf(run: Run, lastWords: CreateLastWords): LastWords | undefined {
  const { status, reason, error, endedAt } = run;
  if (endedAt === undefined || status === "starting" || status === "running" || status === "parked") return undefined;
  const progress = { ...newProgress(run.startedAt), tools: run.tools, totals: run };
  const ending = endingOf({ status, reason, error });
  return lastWords(run, ending, finalText(progress, ending, endedAt));
}

export function createFinishOrphans(deps: FinishOrphansDeps) {
  /** Messages that could not be written yet, and when to try again: an outage of Slack is not hammered. */
  const later = new Map<string, { at: number; tries: number }>();

  const finish = async (stored: ProgressMessage): Promise<void> => {
    const { triggerId, channel, threadTs } = stored;
    if (deps.finishing.has(triggerId) || (later.get(triggerId)?.at ?? 0) > deps.now()) return;
    const run = await deps.triggerById({ triggerId });
    const last = run === undefined ? undefined : lastOf(run, deps.lastWords);
    if (last === undefined) return;
    const keeper = createProgressKeeper(deps, { triggerId, place: { channel, threadTs }, stored });
    if ((await keeper.tryFinish(last)) === "done") return void later.delete(triggerId);
    const tries = (later.get(triggerId)?.tries ?? 0) + 1;
    later.set(triggerId, { tries, at: deps.now() + Math.min(MAX_PAUSE_MS, PAUSE_MS * 2 ** tries) });
  };

  /** One round; answers the pause before the next. */
  return async (signal: AbortSignal): Promise<number> => {
    const orphans = await deps.orphanedProgress({ limit: ORPHANS });
    for (const id of later.keys()) if (!orphans.some(({ triggerId }) => triggerId === id)) later.delete(id);
    for (const stored of orphans) if (!signal.aborted) await finish(stored);
    return PAUSE_MS;
  };
}
