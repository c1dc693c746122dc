/** The live view of thor.json: read at start, read again when it changes; a faulty text can only take rights away. */
import { basename, dirname } from "node:path";

import { sha256Hex } from "@thor/kit/derived-key";
import type { Clock } from "@thor/kit/flow/clock";
import type { Log } from "@thor/kit/flow/log";
import { startLoop } from "@thor/kit/flow/loop";
import { StartRefused } from "@thor/kit/run-service";
import { systemClock } from "@thor/kit/system-clock";
import { watch } from "chokidar";

import { readConfigFile, type FileText } from "./config-file.ts";
import { freezeDeep } from "./freeze-deep.ts";
import { issueLine, readWorkspaceConfig, wholeFileIssue, type ReadConfig } from "./pure/read.ts";
import { afterReading, standingOn, viewAt, type ConfigView, type Standing } from "./pure/standing.ts";

/** Where accepted texts are kept, so that a restart beside a broken file has the last good one. */
export interface ConfigHistory {
  configVersions: (wanted: { file: string; limit: number }) => Promise<readonly { text: string }[]>;
  saveConfigVersion: (version: {
    file: string;
    sha256: string;
    text: string;
    author: string;
    origin: "file";
  }) => Promise<{ kind: string }>;
}

export interface WorkspaceConfigView {
  /** What is in force now. A request takes it once and keeps it. */
  current: () => ConfigView;
  /** First 12 hex digits of the SHA-256 of the last good text. */
  version: () => string;
  /** Whether the file on disk is missing or faulty right now. */
  degraded: () => boolean;
  close: () => Promise<void>;
}

export interface OpenOptions {
  path: string;
  log: Log;
  history?: ConfigHistory;
  clock?: Pick<Clock, "now">;
}

const POLL_MS = 5000;
const DEBOUNCE_MS = 200;
const STORED_TRIED = 20;
/** Before every time: a file that is bad at start has no patience left. */
const LONG_AGO = Number.NEGATIVE_INFINITY;

/** What was read, and what tells it from other readings. */
interface Reading {
  read: ReadConfig;
  text: string | undefined;
  /** Of the text, or of the reason why there is none. */
  digest: string;
}

function readingOf(file: FileText): Reading {
  if (file.kind === "text")
    return { read: readWorkspaceConfig(file.text), text: file.text, digest: sha256Hex(file.text) };
  return { read: { kind: "unreadable", issues: [wholeFileIssue(file.why)] }, text: undefined, digest: file.why };
}

const versionOf = (digest: string) => digest.slice(0, 12);

/** The newest stored text that is valid by today's rules. */
async function storedStanding({ history, path }: OpenOptions): Promise<Standing | undefined> {
  const versions = await history?.configVersions({ file: basename(path), limit: STORED_TRIED });
  for (const { text } of versions ?? []) {
    const read = readWorkspaceConfig(text);
    if (read.kind === "valid") return standingOn(versionOf(sha256Hex(text)), read.config);
  }
  return undefined;
}

async function firstStanding(options: OpenOptions, { read, digest }: Reading): Promise<Standing> {
  if (read.kind === "valid") return standingOn(versionOf(digest), read.config);
  const stored = await storedStanding(options);
  if (stored === undefined)
    throw new StartRefused(`${options.path} is not valid:\n${read.issues.map(issueLine).join("\n")}`);
  return afterReading(stored, read, { now: LONG_AGO, version: versionOf(digest) });
}

/** Says what became of a text, once for each. */
function report({ log }: OpenOptions, { read, digest }: Reading): void {
  if (read.kind === "valid") {
    log.info({ event: "config_loaded", version: versionOf(digest) }, "thor.json loaded");
    return;
  }
  const issues = read.issues.map(issueLine);
  log.error({ event: "config_reload_failed_using_last_good", issues }, "thor.json is faulty; the last good one stays");
}

/** Keeps accepted texts in the history, trying again until it took the newest. */
function createKeeper({ history, path, log }: OpenOptions) {
  let unkept: Reading | undefined;
  const keep = async () => {
    if (history === undefined || unkept?.text === undefined) return;
    const { text, digest: sha256 } = unkept;
    const kept = await history.saveConfigVersion({
      file: basename(path),
      sha256,
      text,
      author: "file",
      origin: "file",
    });
    if (kept.kind === "saved" || kept.kind === "exists") unkept = undefined;
    else log.warn({ event: "config_version_not_kept", outcome: kept.kind }, "an accepted thor.json is not stored yet");
  };
  return { keep, note: (reading: Reading) => (unkept = reading.read.kind === "valid" ? reading : unkept) };
}

/** Calls `wake` once things in the file's directory have been quiet for a moment. */
function watchDirectory({ path, log }: OpenOptions, wake: () => void): () => Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(wake, DEBOUNCE_MS);
  };
  const watcher = watch(dirname(path), { ignoreInitial: true, depth: 0 });
  watcher.on("all", soon).on("ready", soon);
  watcher.on("error", (err) => log.warn({ event: "config_watch_failed", err }, "file events fail; polling goes on"));
  return async () => {
    clearTimeout(timer);
    await watcher.close();
  };
}

/** Opens thor.json. A bad file needs a stored version to start from; without one the start is refused with every fault. */
export async function openWorkspaceConfig(options: OpenOptions): Promise<WorkspaceConfigView> {
  const { path, log, clock = systemClock } = options;
  let last = readingOf(await readConfigFile(path));
  let standing = freezeDeep(await firstStanding(options, last));
  const keeper = createKeeper(options);
  report(options, last);
  keeper.note(last);

  const turn = async () => {
    const reading = readingOf(await readConfigFile(path));
    if (reading.digest !== last.digest) {
      last = reading;
      const facts = { now: clock.now(), version: versionOf(reading.digest) };
      standing = freezeDeep(afterReading(standing, reading.read, facts));
      report(options, reading);
      keeper.note(reading);
    }
    await keeper.keep();
    return POLL_MS;
  };
  const loop = startLoop({ name: "thor.json", log, turn, faultDelayMs: POLL_MS });
  const unwatch = watchDirectory(options, loop.wake);
  const current = () => viewAt(standing, clock.now());
  return {
    current,
    version: () => current().version,
    degraded: () => current().state !== "valid",
    close: async () => {
      await unwatch();
      await loop.stop();
    },
  };
}
