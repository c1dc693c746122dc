/** What a fresh session is told of a conversation whose session is gone: from records, without a model. */
import { cutText, stripInvisible } from "@thor/kit/pure/cut-text";

export interface EarlierRun {
  /** As it is to be read. */
  when: string;
  by: string;
  asked: string;
  status: string;
  /** The agent's last words, when any are recorded. */
  answer?: string | undefined;
  /** Files it changed. */
  files: readonly string[];
  /** Its last list of things to do, as it wrote it. */
  plan?: string | undefined;
}

export interface EarlierWork {
  /** Oldest first. */
  runs: readonly EarlierRun[];
  /** Branches, pull requests and the like that belong to the conversation. */
  names: readonly string[];
  /** Requests for approval that wait. */
  approvals: readonly string[];
}

const MAX_BYTES = 12 * 1024;
const MAX_REQUESTS = 10;
const MAX_ANSWERS = 3;
const MAX_LINE = 300;
const MAX_ANSWER = 2048;
const MAX_FILES = 40;
const HEAD = "[Earlier in this conversation]\nNotes from records; verify before relying on them.";

const oneLine = (text: string) => cutText(stripInvisible(text).replaceAll(/\s+/g, " ").trim(), MAX_LINE);
const listed = (title: string, items: readonly string[]) =>
  items.length === 0 ? [] : [`${title}\n${items.map((item) => `- ${oneLine(item)}`).join("\n")}`];

const requestLine = ({ when, by, asked, status }: EarlierRun) =>
  `- ${when} ${oneLine(by)} (${status}): ${oneLine(asked)}`;

/** The block, newest facts kept when there are too many; undefined when nothing is known. */
export function handover({ runs, names, approvals }: EarlierWork): string | undefined {
  if (runs.length === 0) return undefined;
  const answers = runs.flatMap(({ answer }) =>
    answer === undefined ? [] : [cutText(stripInvisible(answer), MAX_ANSWER)],
  );
  const files = [...new Set(runs.flatMap((run) => run.files))].slice(-MAX_FILES);
  const plan = runs.findLast((run) => run.plan !== undefined)?.plan;
  const sections = [
    `Requests:\n${runs.slice(-MAX_REQUESTS).map(requestLine).join("\n")}`,
    ...answers.slice(-MAX_ANSWERS).map((answer) => `Thor answered:\n${answer}`),
    ...listed("Belongs to it:", names),
    ...listed("Files changed:", files),
    ...(plan === undefined ? [] : [`Plan, as last written:\n${cutText(plan, MAX_ANSWER)}`]),
    ...listed("Approvals that wait:", approvals),
  ];
  const text = [HEAD, ...sections].join("\n\n");
  if (Buffer.byteLength(text) <= MAX_BYTES) return text;
  const room = MAX_BYTES - Buffer.byteLength(HEAD) - 16;
  return `${HEAD}\n\n[…]\n${Buffer.from(sections.join("\n\n")).subarray(-room).toString("utf8")}`;
}
