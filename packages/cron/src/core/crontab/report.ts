/** The verdict on a crontab: for the ledger, for the audit, and for whoever edited the file. */
import { stripInvisible } from "@thor/kit/pure/cut-text";

import type { Crontab, InvalidLine, Job } from "./parse.ts";
import { scheduleWords } from "./words.ts";

const MAX_DIFF = 20;
/** An audit row has room for this much of it. */
const MAX_DIFF_BYTES = 3500;
const sizeOf = (lines: readonly string[]) => new TextEncoder().encode(JSON.stringify(lines.join("\n"))).length;

/** Every line as the ledger keeps it; `nextAt` says when a job that is new comes first. */
export const scheduleRows = ({ jobs, invalid }: Crontab, nextAt: (job: Job) => number | undefined) => [
  ...jobs.map((job) => ({
    lineHash: job.lineHash,
    lineNo: job.lineNo,
    text: job.text,
    expression: job.schedule,
    zone: job.zone,
    words: scheduleWords(job.schedule),
    prompt: job.prompt,
    directory: job.directory,
    key: job.key,
    valid: true,
    nextAt: nextAt(job),
  })),
  ...invalid.map(({ lineHash, lineNo, text, fault }) => ({
    lineHash,
    lineNo,
    text,
    valid: false,
    error: fault.message,
    errorCode: fault.code,
    errorColumn: fault.column,
    suggestion: fault.suggestion,
  })),
];

/** What a new text changes, by line: `+ 3: …` came, `- …` went. */
export function lineDiff(before: string, after: string): { added: number; removed: number; lines: string } {
  const [old, now] = [before.split("\n"), after.split("\n")];
  const [had, has] = [new Set(old), new Set(now)];
  const added = now.flatMap((text, at) => (had.has(text) ? [] : [`+ ${at + 1}: ${text.slice(0, 120)}`]));
  const removed = old.flatMap((text) => (has.has(text) ? [] : [`- ${text.slice(0, 120)}`]));
  const shown = [...removed, ...added].slice(0, MAX_DIFF).map(stripInvisible);
  while (sizeOf(shown) > MAX_DIFF_BYTES) shown.pop();
  return { added: added.length, removed: removed.length, lines: shown.join("\n") };
}

function invalidWords({ lineNo, text, fault }: InvalidLine): string[] {
  const caret = fault.column <= text.length + 1 ? [`    ${" ".repeat(fault.column - 1)}^`] : [];
  return [
    `line ${lineNo}, column ${fault.column}: ${fault.message} (${fault.code})`,
    `    ${text.replaceAll("\t", " ")}`,
    ...caret,
    ...(fault.suggestion === undefined ? [] : [`    try: ${fault.suggestion}`]),
  ];
}

const jobWords = (job: Job, times: readonly string[]) => [
  `line ${job.lineNo}: ${scheduleWords(job.schedule)} (${job.zone}) in ${job.directory}`,
  `    ${job.key === undefined ? "a new conversation each time" : `conversation ${job.key}`}`,
  `    next: ${times.join("  ")}`,
];

/** The status file: the verdict first, then what is wrong, then what runs and when. */
export function statusText(
  { jobs, invalid }: Crontab,
  facts: { notice: string | undefined; times: (job: Job) => readonly string[] },
): string {
  const verdict = `${jobs.length} ${jobs.length === 1 ? "job" : "jobs"}, ${invalid.length} ${invalid.length === 1 ? "line" : "lines"} not understood`;
  const lines = [
    "# Written by the scheduler; editing it changes nothing.",
    facts.notice ?? (invalid.length === 0 ? `OK: ${verdict}` : `CHECK: ${verdict}`),
    ...invalid.flatMap((line) => ["", ...invalidWords(line)]),
    ...jobs.flatMap((job) => ["", ...jobWords(job, facts.times(job))]),
  ];
  return `${stripInvisible(lines.join("\n"))}\n`;
}
