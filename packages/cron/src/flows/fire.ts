/** Posts one firing and records how that ended; a repeat carries the same key, so the gateway takes it once. */
import type { CronRequest } from "@thor/domain/cron-event";
import type { Clock } from "@thor/kit/flow/clock";
import type { Log } from "@thor/kit/flow/log";
import type { Ledger } from "@thor/ledger/port";

import { readAnswer, type Posted } from "../core/answer.ts";
import type { Job } from "../core/crontab/parse.ts";
import { LATE_MS } from "../core/missed.ts";

export interface Firing {
  lineHash: string;
  dueAt: number;
  requestedBy: string | null;
}
export interface FireDeps extends Pick<Ledger, "recordScheduleRun"> {
  log: Log;
  clock: Clock;
  post: (body: CronRequest, idempotencyKey: string) => Promise<Posted>;
}
export type Fired = { kind: "done" } | { kind: "retry"; error: string; retryAfterMs?: number | undefined };

const keyOf = ({ lineHash, dueAt, requestedBy }: Firing) =>
  requestedBy === null ? `${lineHash}:${Math.floor(dueAt / 1000)}` : `manual:${lineHash}:${dueAt}`;

const latenessOf = (firing: Firing, now: number) => {
  const lateMs = now - firing.dueAt;
  return firing.requestedBy === null && lateMs > LATE_MS ? `late by ${Math.round(lateMs / 60_000)} min` : undefined;
};

export function createFire({ log, clock, post, recordScheduleRun }: FireDeps) {
  const end = async (
    firing: Firing,
    how: { state: "fired" | "failed"; reason?: string | undefined } & Partial<Ends>,
  ): Promise<Fired> => {
    const { lineHash, dueAt } = firing;
    const { state, reason } = how;
    const recorded = await recordScheduleRun({ lineHash, dueAt, firedAt: clock.now(), ...how });
    if (recorded.kind === "overloaded" || recorded.kind === "unavailable")
      return { kind: "retry", error: `the ledger: ${recorded.kind}` };
    const facts = { event: `schedule_${state}`, lineHash, dueAt, eventId: how.eventId, reason };
    if (state === "failed") log.error(facts, "a scheduled prompt was refused");
    else log.info(facts, "a scheduled prompt was fired");
    return { kind: "done" };
  };

  return async (firing: Firing, job: Job): Promise<Fired> => {
    const { prompt, directory, key } = job;
    const body = { prompt, directory, ...(key === undefined ? {} : { correlationKey: key }) };
    const reading = readAnswer(await post(body, keyOf(firing)));
    switch (reading.kind) {
      case "retry":
        return reading;
      case "refused":
        return end(firing, { state: "failed", reason: reading.reason });
      case "fired": {
        const { correlationKey, eventId } = reading;
        return end(firing, { state: "fired", correlationKey, eventId, reason: latenessOf(firing, clock.now()) });
      }
    }
  };
}
export type Fire = ReturnType<typeof createFire>;

interface Ends {
  correlationKey: string;
  eventId: string | undefined;
}
