/** What a person may paste into the search box: links, keys, ids; everything else is words. */
export type Wanted =
  | { kind: "name"; value: string }
  | { kind: "issue"; fullName: string; number: string }
  | { kind: "branch"; fullName: string; branch: string }
  | { kind: "conversation"; anchorId: string; triggerId?: string | undefined }
  | { kind: "tail"; tail: string }
  | { kind: "words"; words: string[] };

const SLACK_LINK = /^https:\/\/[a-z0-9-]+\.slack\.com\/archives\/([A-Z0-9]+)\/p(\d{10})(\d{6})/;
const THREAD_TS = /[?&]thread_ts=(\d{10}\.\d{6})/;
const VIEWER_LINK = /\/(?:runner\/v|admin\/conversations)\/([0-9a-f-]{36})(?:\/(?:runs\/)?([0-9a-f-]{36}))?/;
const ISSUE_LINK = /^https:\/\/[^/]+\/([\w.-]+\/[\w.-]+)\/(?:pull|issues)\/(\d+)/;
const BRANCH_LINK = /^https:\/\/[^/]+\/([\w.-]+\/[\w.-]+)\/tree\/([^?#]+)/;
const KEY = /^(?:slack:thread|git:branch|github:issue):(.+)$/;
const SLACK_PLACE = /^[A-Z0-9]{2,32}\/\d+\.\d{6}$/;
const ID_TAIL = /^(?=.*\d)[0-9a-f]{7}$|^[0-9a-f]{8}-[0-9a-f-]{27}$/;

const MAX_WORDS = 8;

/** Reads one line of search. */
export function readSearch(given: string): Wanted {
  const text = given.trim();
  const slack = SLACK_LINK.exec(text);
  if (slack !== null)
    return { kind: "name", value: `${slack[1]}/${THREAD_TS.exec(text)?.[1] ?? `${slack[2]}.${slack[3]}`}` };
  const viewer = VIEWER_LINK.exec(text);
  if (viewer !== null) return { kind: "conversation", anchorId: viewer[1] ?? "", triggerId: viewer[2] };
  const issue = ISSUE_LINK.exec(text);
  if (issue !== null) return { kind: "issue", fullName: issue[1] ?? "", number: issue[2] ?? "" };
  const branch = BRANCH_LINK.exec(text);
  if (branch !== null) return { kind: "branch", fullName: branch[1] ?? "", branch: branch[2] ?? "" };
  const key = KEY.exec(text);
  if (key !== null) return { kind: "name", value: key[1] ?? "" };
  if (SLACK_PLACE.test(text)) return { kind: "name", value: text };
  if (ID_TAIL.test(text)) return { kind: "tail", tail: text };
  return { kind: "words", words: text.split(/\s+/).filter(Boolean).slice(0, MAX_WORDS) };
}

/** The names that an issue or a branch of a repository may be bound by; `repo` is the folder of its clone. */
export function namesOf(wanted: Extract<Wanted, { kind: "issue" | "branch" }>): string[] {
  const repo = wanted.fullName.split("/")[1] ?? "";
  return wanted.kind === "issue"
    ? [`${repo}:${wanted.fullName}#${wanted.number}`]
    : [`${repo}:${wanted.branch}`, `${repo}:${decodeURIComponent(wanted.branch)}`];
}
