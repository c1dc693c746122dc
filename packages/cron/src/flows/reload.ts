/** A new reading of the crontab becomes the lines that are fired, with a verdict on each of them. */
import type { Clock } from "@thor/kit/flow/clock";
import type { Log } from "@thor/kit/flow/log";
import type { Ledger } from "@thor/ledger/port";

import { parseCrontab, type Crontab, type Job, type ParseFacts } from "../core/crontab/parse.ts";
import type { CrontabReading } from "../core/crontab/reading.ts";
import { lineDiff, scheduleRows } from "../core/crontab/report.ts";

const FILE = "crontab";

export interface ReloadDeps extends Pick<
  Ledger,
  "syncSchedule" | "listSchedule" | "saveConfigVersion" | "configVersions"
> {
  log: Log;
  clock: Clock;
  hash: (text: string) => string;
  after: (schedule: string, zone: string, at: number) => number | undefined;
  facts: Pick<ParseFacts, "zone" | "reposRoot" | "defaultRepo">;
}

/** A job with the next time to consider. */
export interface Scheduled {
  job: Job;
  nextAt: number | undefined;
}
export interface Loaded {
  crontab: Crontab;
  scheduled: Scheduled[];
  /** What is wrong with the file as a whole. */
  notice: string | undefined;
}

const noticeOf = (reading: CrontabReading) => {
  if (reading.kind === "text") return undefined;
  if (reading.kind === "missing") return "CHECK: the crontab is missing, so there are no jobs";
  return `CHECK: the crontab is not used: ${reading.reason}; the last good one stays`;
};

/** Stores a text that is not the newest one known, with the audit line of the change. */
function createKeepVersion({ hash, log, saveConfigVersion }: ReloadDeps) {
  return async (text: string, newest: { text: string; sha256: string } | undefined): Promise<void> => {
    const diff = lineDiff(newest?.text ?? "", text);
    const sha256 = hash(text);
    const saved = await saveConfigVersion({
      file: FILE,
      author: "file",
      origin: "file",
      sha256,
      text,
      audit: {
        service: "scheduler",
        event: "schedule.changed",
        actorKind: "system",
        actor: "scheduler",
        target: FILE,
        decision: "done",
        beforeDigest: newest?.sha256,
        afterDigest: sha256,
        detail: { added: diff.added, removed: diff.removed, lines: diff.lines },
      },
    });
    if (saved.kind === "overloaded" || saved.kind === "unavailable")
      throw new Error(`keeping the crontab: ${saved.kind}`);
    if (saved.kind === "saved")
      log.info(
        { event: "schedule_changed", version: saved.version, added: diff.added, removed: diff.removed },
        "crontab changed",
      );
  };
}

/** Answers the text to go by: what was read, or the last good one. */
function createKeepText(deps: ReloadDeps) {
  const keep = createKeepVersion(deps);
  return async (reading: CrontabReading): Promise<string> => {
    const [newest] = await deps.configVersions({ file: FILE, limit: 1 });
    if (reading.kind === "unreadable") return newest?.text ?? "";
    const text = reading.kind === "text" ? reading.text : "";
    if (newest === undefined && text === "") return text;
    await keep(text, newest);
    return text;
  };
}
export function createReload(deps: ReloadDeps) {
  const { clock, facts, hash, after } = deps;
  const keepText = createKeepText(deps);

  return async (reading: CrontabReading, repos: ReadonlySet<string>): Promise<Loaded> => {
    const text = await keepText(reading);
    const now = clock.now();
    const comes = (schedule: string, zone: string) => after(schedule, zone, now) !== undefined;
    const crontab = parseCrontab(text, { ...facts, repos, hash, comes });
    const first = ({ schedule, zone }: Job) => after(schedule, zone, now);
    const synced = await deps.syncSchedule({ lines: scheduleRows(crontab, first) });
    if (synced.kind !== "synced") throw new Error(`storing the schedule: ${synced.kind}`);
    const stored = new Map((await deps.listSchedule()).map((row) => [row.line_hash, row.next_at]));
    const scheduled = crontab.jobs.map((job) => {
      // A stored time beyond the next one was reckoned on a clock or by rules that no longer hold.
      const times = [stored.get(job.lineHash) ?? undefined, first(job)].filter((time) => time !== undefined);
      return { job, nextAt: times.length === 0 ? undefined : Math.min(...times) };
    });
    const invalid = crontab.invalid.map(({ lineNo, fault }) => ({ lineNo, code: fault.code }));
    deps.log.info({ event: "schedule_loaded", jobs: scheduled.length, invalid, file: reading.kind }, "crontab loaded");
    return { crontab, scheduled, notice: noticeOf(reading) };
  };
}
export type Reload = ReturnType<typeof createReload>;
