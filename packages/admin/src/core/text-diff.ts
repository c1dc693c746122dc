/** Two texts of a file as a reader compares them, and as a third text may be made of both. */
import { diffOfTexts } from "@thor/views/diff";

const HEADERS = /(?<="headers"\s*:\s*\{)[^}]*(?=\})/g;
const PAIR = /("(?:[^"\\]|\\.)*"\s*:\s*)"((?:[^"\\]|\\.)*)"/g;

/** Values of headers by a mark that changes when they change. */
export const maskHeaders = (text: string, digest: (value: string) => string) =>
  text.replaceAll(HEADERS, (body) =>
    body.replaceAll(PAIR, (_pair, name: string, value: string) => `${name}"•••${digest(value).slice(0, 4)}"`),
  );

export const compareTexts = (name: string, before: string, after: string) => diffOfTexts(name, { before, after });

interface Hunk {
  /** Lines of the base that it replaces: from, up to but without. */
  from: number;
  to: number;
  lines: string[];
}

/** What one side changed of the base. */
function hunksOf(base: string, side: string): Hunk[] {
  const hunks: Hunk[] = [];
  let at = 0;
  let open: Hunk | undefined;
  for (const line of diffOfTexts("x", { before: base, after: side }, Number.MAX_SAFE_INTEGER).lines) {
    if (line.kind === "same") {
      open = undefined;
      at += 1;
      continue;
    }
    if (open === undefined) hunks.push((open = { from: at, to: at, lines: [] }));
    if (line.kind === "added") open.lines.push(line.text);
    else open.to = at += 1;
  }
  return hunks;
}

const touches = (one: Hunk, other: Hunk) => one.from <= other.to && other.from <= one.to;

/** Both sides' changes of a base in one text; undefined when they touch each other. */
export function mergeTexts(base: string, mine: string, theirs: string): string | undefined {
  const [left, right] = [hunksOf(base, mine), hunksOf(base, theirs)];
  if (left.some((one) => right.some((other) => touches(one, other)))) return undefined;
  const lines = base.replace(/\n$/, "").split("\n");
  for (const { from, to, lines: put } of [...left, ...right].toSorted((a, b) => b.from - a.from))
    lines.splice(from, to - from, ...put);
  return `${lines.join("\n")}\n`;
}
