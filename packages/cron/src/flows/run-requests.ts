/** Fires what waits: times that have come, what a person asked for, and what a crash left between row and post. */
import type { Clock } from "@thor/kit/flow/clock";
import type { Log } from "@thor/kit/flow/log";
import { backoffMs } from "@thor/kit/pure/backoff";
import type { Ledger } from "@thor/ledger/port";

import type { Job } from "../core/crontab/parse.ts";
import { LATE_MS } from "../core/missed.ts";
import type { Fire, Fired, Firing } from "./fire.ts";

const MAX_AT_ONCE = 8;
const PATIENCE_MS = 15 * 60_000;
const BACKOFF = { baseMs: 1000, capMs: 60_000 };
/** Late firings come one by one, so that a start after an outage is no stampede. */
const LATE_SPACING_MS = 2000;

export interface RunRequestsDeps extends Pick<Ledger, "waitingScheduleRuns" | "recordScheduleRun"> {
  log: Log;
  clock: Clock;
  fire: Fire;
}
type Waiting = Firing & { openedAt: number | null };

const nameOf = ({ lineHash, dueAt }: Pick<Firing, "lineHash" | "dueAt">) => `${lineHash}:${dueAt}`;

export function createRunRequests({ log, clock, fire, ...ledger }: RunRequestsDeps) {
  const failures = new Map<string, { count: number; error: string; notBefore: number }>();
  const flights = new Map<string, Promise<void>>();
  let nextLateAt = 0;

  const settle = (firing: Firing, fired: Fired) => {
    const name = nameOf(firing);
    if (fired.kind === "done") {
      failures.delete(name);
      return;
    }
    const count = (failures.get(name)?.count ?? 0) + 1;
    const waitMs = fired.retryAfterMs ?? backoffMs(count, clock.chance(), BACKOFF);
    failures.set(name, { count, error: fired.error, notBefore: clock.now() + waitMs });
    log.warn(
      { event: "schedule_post_failed", ...firing, count, error: fired.error },
      "a scheduled prompt waits for the gateway",
    );
  };

  const launch = (firing: Firing, job: Job) => {
    const name = nameOf(firing);
    const flight = fire(firing, job)
      .then((fired) => settle(firing, fired))
      .catch((err: unknown) => log.error({ event: "schedule_fire_fault", ...firing, err }, "firing failed"))
      .finally(() => flights.delete(name));
    flights.set(name, flight);
  };

  const giveUp = async (firing: Firing, state: "missed" | "skipped", reason: string) => {
    const { lineHash, dueAt } = firing;
    await ledger.recordScheduleRun({ lineHash, dueAt, state, reason });
    failures.delete(nameOf(firing));
    log.warn({ event: `schedule_${state}`, lineHash, dueAt, reason }, "a scheduled prompt is not fired");
  };

  /** Whether a late firing has to let the one before it go first. */
  const mustPace = ({ dueAt, requestedBy }: Firing, now: number) => {
    if (requestedBy !== null || now - dueAt <= LATE_MS) return false;
    if (now < nextLateAt) return true;
    nextLateAt = now + LATE_SPACING_MS;
    return false;
  };

  const consider = async (firing: Waiting, job: Job | undefined, now: number) => {
    if (job === undefined) return giveUp(firing, "skipped", "the line is no longer in the crontab");
    const failed = failures.get(nameOf(firing));
    if (now - (firing.openedAt ?? firing.dueAt) > PATIENCE_MS)
      return giveUp(firing, "missed", failed?.error ?? "the scheduler was not running");
    if (failed !== undefined && failed.notBefore > now) return undefined;
    if (flights.size >= MAX_AT_ONCE || mustPace(firing, now)) return undefined;
    return launch(firing, job);
  };

  return {
    /** Starts what may start now; it goes on in the background. */
    turn: async (jobs: ReadonlyMap<string, Job>): Promise<void> => {
      const now = clock.now();
      for (const { lineHash, dueAt, openedAt, requestedBy } of await ledger.waitingScheduleRuns()) {
        if (flights.has(nameOf({ lineHash, dueAt }))) continue;
        await consider({ lineHash, dueAt, openedAt, requestedBy }, jobs.get(lineHash), now);
      }
    },
    /** Resolves when nothing is on its way any more. */
    drained: async () => void (await Promise.all(flights.values())),
  };
}
export type RunRequests = ReturnType<typeof createRunRequests>;
