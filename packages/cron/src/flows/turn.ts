/** One round of the scheduler: lead, look at the file, look at the clock, fire what waits, say when to look again. */
import type { Clock } from "@thor/kit/flow/clock";

import type { Job } from "../core/crontab/parse.ts";
import type { CrontabReading } from "../core/crontab/reading.ts";
import { statusText } from "../core/crontab/report.ts";
import type { Lead } from "./lead.ts";
import type { Loaded, Reload } from "./reload.ts";
import type { RunRequests } from "./run-requests.ts";
import type { Tick } from "./tick.ts";

const MAX_SLEEP_MS = 1000;

export interface TurnDeps {
  clock: Clock;
  lead: Lead;
  /** The crontab once it is quiet, else how long to wait. */
  readCrontab: () => Promise<{ kind: "settled"; reading: CrontabReading } | { kind: "wait"; ms: number }>;
  listRepositories: () => Promise<ReadonlySet<string>>;
  reload: Reload;
  tick: Tick;
  requests: RunRequests;
  writeStatus: (text: string) => Promise<void>;
  /** The next times of a job as its reader would write them. */
  nextTimes: (job: Job) => readonly string[];
}

export function createTurn(deps: TurnDeps) {
  let loaded: Loaded | undefined;
  let loadedFrom = "";
  let isLeading = false;

  /** Loads the file when it, or what it may name, has changed; answers when to look again. */
  const refresh = async (): Promise<number> => {
    const read = await deps.readCrontab();
    if (read.kind === "wait") return read.ms;
    const repos = await deps.listRepositories();
    const from = JSON.stringify([read.reading, [...repos].toSorted()]);
    if (from === loadedFrom) return MAX_SLEEP_MS;
    loaded = await deps.reload(read.reading, repos);
    loadedFrom = from;
    await report();
    return MAX_SLEEP_MS;
  };

  const report = async () => {
    if (loaded !== undefined)
      await deps.writeStatus(statusText(loaded.crontab, { notice: loaded.notice, times: deps.nextTimes }));
  };

  const fireDue = async (): Promise<number> => {
    if (loaded === undefined) return MAX_SLEEP_MS;
    const before = loaded.scheduled;
    loaded.scheduled = await deps.tick(before);
    const hasMoved = loaded.scheduled.some(({ nextAt }, at) => nextAt !== before[at]?.nextAt);
    await deps.requests.turn(new Map(loaded.scheduled.map(({ job }) => [job.lineHash, job])));
    if (hasMoved) await report();
    const nextAt = Math.min(...loaded.scheduled.map((one) => one.nextAt ?? Number.POSITIVE_INFINITY));
    return nextAt - deps.clock.now();
  };

  return {
    turn: async (): Promise<number> => {
      isLeading = await deps.lead.holds();
      if (!isLeading) {
        // What another one did meanwhile is in the ledger: a new leader loads everything anew.
        [loaded, loadedFrom] = [undefined, ""];
        return MAX_SLEEP_MS;
      }
      const fileMs = await refresh();
      return Math.min(MAX_SLEEP_MS, fileMs, await fireDue());
    },
    state: () => ({
      leading: isLeading,
      jobs: loaded?.scheduled.length ?? 0,
      invalid: loaded?.crontab.invalid.length ?? 0,
      file: loaded === undefined ? "not read yet" : (loaded.notice ?? "ok"),
    }),
  };
}
