/** A whole crontab: every line is judged alone, so a bad one never stops a good one. */
import { defaultSettings, parseAssignment, type SettingName, type Settings } from "./assign.ts";
import { readJob, type Read } from "./job.ts";
import { type Fault, invisibleFault, numberedLines, type Word } from "./lex.ts";

const MAX_JOBS = 500;
const MAX_INVALID = 400;
const MAX_EXCERPT = 120;

export interface Job extends Settings {
  lineHash: string;
  lineNo: number;
  text: string;
  schedule: string;
  key?: string | undefined;
  directory: string;
  prompt: string;
}
export interface InvalidLine {
  lineHash: string;
  lineNo: number;
  text: string;
  fault: Fault;
}
export interface Crontab {
  jobs: Job[];
  invalid: InvalidLine[];
}

export interface ParseFacts {
  /** The zone of lines without CRON_TZ. */
  zone: string;
  /** Where repositories stand, and which there are. */
  reposRoot: string;
  repos: ReadonlySet<string>;
  defaultRepo: string | undefined;
  hash: (text: string) => string;
  /** Whether the schedule ever comes. */
  comes: (schedule: string, zone: string) => boolean;
}

/** The start of a line as people see it in lists. */
const excerpt = (text: string) => (text.length <= MAX_EXCERPT ? text : `${text.slice(0, MAX_EXCERPT - 1)}…`);

type Places = Pick<ParseFacts, "reposRoot" | "repos" | "defaultRepo">;

/** The repository that a path names, when it has exactly the form that is allowed. */
function repositoryOf(path: string, reposRoot: string): string | undefined {
  if (!path.startsWith(`${reposRoot}/`)) return undefined;
  const name = path.slice(reposRoot.length + 1).replace(/\/$/, "");
  return name.includes("/") ? undefined : name;
}

function directoryFault(path: string, { reposRoot, repos }: Places): Pick<Fault, "message" | "suggestion"> {
  if (repositoryOf(path, reposRoot) !== undefined) return { message: `${path} is not there; clone it first` };
  const last = path.split("/").findLast((part) => part !== "") ?? "";
  const message = `--dir must be ${reposRoot}/<repository>`;
  return repos.has(last) ? { message, suggestion: `--dir ${reposRoot}/${last}` } : { message };
}

/** The directory that a job works in: exactly one repository. */
export function directoryOf(asked: Word | undefined, facts: Places): Read<string> {
  const { reposRoot, repos, defaultRepo } = facts;
  const column = asked?.column ?? 1;
  const path = asked?.text ?? (defaultRepo === undefined ? undefined : `${reposRoot}/${defaultRepo}`);
  if (path === undefined) {
    const message = `say where it works: --dir ${reposRoot}/<repository>`;
    return { kind: "fault", fault: { code: "directory_missing", column, message } };
  }
  const name = repositoryOf(path, reposRoot);
  if (name !== undefined && repos.has(name)) return { kind: "ok", value: `${reposRoot}/${name}` };
  return { kind: "fault", fault: { code: "directory_invalid", column, ...directoryFault(path, facts) } };
}

function judgeJob(line: { lineNo: number; text: string }, settings: Settings, facts: ParseFacts): Read<Job> {
  const read = readJob(line.text);
  if (read.kind === "fault") return read;
  const { schedule, key, dir, prompt } = read.value;
  const directory = directoryOf(dir, facts);
  if (directory.kind === "fault") return directory;
  if (!facts.comes(schedule, settings.zone)) {
    const message = `${schedule} never comes: no such day in that month`;
    return { kind: "fault", fault: { code: "schedule_never", column: 1, message } };
  }
  const identity = [schedule, settings.zone, key ?? null, directory.value, prompt];
  const lineHash = facts.hash(JSON.stringify(identity));
  const { lineNo, text } = line;
  return {
    kind: "ok",
    value: { ...settings, lineHash, lineNo, text: excerpt(text), schedule, key, directory: directory.value, prompt },
  };
}

interface State {
  settings: Settings;
  /** Settings whose last value was bad, with what was wrong: nobody knows what the lines below would mean. */
  unknown: Map<SettingName, { lineNo: number; fault: Fault }>;
  jobs: Map<string, Job>;
  invalid: InvalidLine[];
}

function disabledBy({ unknown }: State): Fault | undefined {
  const [first] = unknown.values();
  if (first === undefined) return undefined;
  const message = `not run because of line ${first.lineNo}: ${first.fault.message}`;
  return { code: "setting_unknown", column: 1, message };
}

function jobFault(state: State, job: Job): Fault | undefined {
  const twin = state.jobs.get(job.lineHash);
  if (twin !== undefined)
    return {
      code: "duplicate",
      column: 1,
      message: `the same as line ${twin.lineNo}, which fires for both; delete one`,
    };
  if (state.jobs.size < MAX_JOBS) return undefined;
  return { code: "too_many", column: 1, message: `over ${MAX_JOBS} jobs; this one is not run` };
}

function takeAssignment(state: State, lineNo: number, text: string): Fault | "taken" | undefined {
  const assignment = parseAssignment(text);
  if (assignment.kind === "none") return undefined;
  if (assignment.kind === "set") {
    state.settings = { ...state.settings, ...assignment.settings };
    state.unknown.delete(assignment.name);
    return "taken";
  }
  if (assignment.name !== undefined) state.unknown.set(assignment.name, { lineNo, fault: assignment.fault });
  return assignment.fault;
}

function takeJob(state: State, line: { lineNo: number; text: string }, facts: ParseFacts): Fault | undefined {
  const judged = judgeJob(line, state.settings, facts);
  if (judged.kind === "fault") return judged.fault;
  const fault = disabledBy(state) ?? jobFault(state, judged.value);
  if (fault === undefined) state.jobs.set(judged.value.lineHash, judged.value);
  return fault;
}

function takeLine(state: State, line: { lineNo: number; text: string }, facts: ParseFacts): Fault | undefined {
  const trimmed = line.text.trim();
  if (trimmed === "" || trimmed.startsWith("#")) return undefined;
  const hidden = invisibleFault(line.text);
  if (hidden !== undefined) return hidden;
  const assigned = takeAssignment(state, line.lineNo, line.text);
  if (assigned !== undefined) return assigned === "taken" ? undefined : assigned;
  return takeJob(state, line, facts);
}

/** Reads a crontab. */
export function parseCrontab(text: string, facts: ParseFacts): Crontab {
  const state: State = { settings: defaultSettings(facts.zone), unknown: new Map(), jobs: new Map(), invalid: [] };
  for (const line of numberedLines(text)) {
    const fault = takeLine(state, line, facts);
    if (fault === undefined || state.invalid.length >= MAX_INVALID) continue;
    const { lineNo } = line;
    const lineHash = facts.hash(`invalid line ${lineNo}: ${line.text}`);
    state.invalid.push({ lineHash, lineNo, text: excerpt(line.text), fault });
  }
  return { jobs: [...state.jobs.values()], invalid: state.invalid };
}
