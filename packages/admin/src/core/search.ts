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

/** Shapes with what they mean, the first that fits. */
const SHAPES: readonly (readonly [shape: RegExp, meaning: (found: readonly string[], text: string) => Wanted])[] = [
  [
    SLACK_LINK,
    ([, channel, seconds, micros], text) => ({
      kind: "name",
      value: `${channel}/${THREAD_TS.exec(text)?.[1] ?? `${seconds}.${micros}`}`,
    }),
  ],
  [VIEWER_LINK, ([, anchorId = "", triggerId]) => ({ kind: "conversation", anchorId, triggerId })],
  [ISSUE_LINK, ([, fullName = "", number = ""]) => ({ kind: "issue", fullName, number })],
  [BRANCH_LINK, ([, fullName = "", branch = ""]) => ({ kind: "branch", fullName, branch })],
  [KEY, ([, value = ""]) => ({ kind: "name", value })],
  [SLACK_PLACE, ([value = ""]) => ({ kind: "name", value })],
  [ID_TAIL, ([tail = ""]) => ({ kind: "tail", tail })],
];

/** Reads one line of search. */
export function readSearch(given: string): Wanted {
  const text = given.trim();
  for (const [shape, meaning] of SHAPES) {
    const found = shape.exec(text);
    if (found !== null) return meaning(found, text);
  }
  return { kind: "words", words: text.split(/\s+/).filter(Boolean).slice(0, MAX_WORDS) };
}

/** The names that an issue or a branch of a repository may be bound by; `repo` is the folder of its clone. */
export function namesOf(wanted: Extract<Wanted, { kind: "issue" | "branch" }>): string[] {
  const repo = wanted.fullName.split("/")[1] ?? "";
  return wanted.kind === "issue"
    ? [`${repo}:${wanted.fullName}#${wanted.number}`]
    : [`${repo}:${wanted.branch}`, `${repo}:${decodeURIComponent(wanted.branch)}`];
}
