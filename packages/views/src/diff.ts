/** Unified diffs as lines that can be drawn: read from a patch, or made from an old and a new text. */
export interface DiffLine {
  kind: "same" | "added" | "removed" | "gap";
  text: string;
  before?: number | undefined;
  after?: number | undefined;
}
export interface FileDiff {
  path: string;
  /** What became of the file besides its lines. */
  change: "edited" | "added" | "deleted" | "moved";
  lines: DiffLine[];
  added: number;
  removed: number;
}

const counted = (file: Omit<FileDiff, "added" | "removed">): FileDiff => ({
  ...file,
  added: file.lines.filter(({ kind }) => kind === "added").length,
  removed: file.lines.filter(({ kind }) => kind === "removed").length,
});

interface Compared {
  before: readonly string[];
  after: readonly string[];
  rests: Uint32Array[] | undefined;
}

const MAX_CELLS = 4_000_000;

/** Lengths of the longest common rests, row by row; undefined when the texts are too long to compare. */
function commonRests(before: readonly string[], after: readonly string[]): Uint32Array[] | undefined {
  if (before.length * after.length > MAX_CELLS) return undefined;
  const rows = Array.from({ length: before.length + 1 }, () => new Uint32Array(after.length + 1));
  for (let at = before.length - 1; at >= 0; at -= 1) {
    const [row, below] = [rows[at], rows[at + 1]];
    if (row === undefined || below === undefined) continue;
    for (let to = after.length - 1; to >= 0; to -= 1)
      row[to] = before[at] === after[to] ? (below[to + 1] ?? 0) + 1 : Math.max(below[to] ?? 0, row[to + 1] ?? 0);
  }
  return rows;
}

type Step = "same" | "added" | "removed";

/** What comes next: a line that both have, else the side whose rest has more in common goes first. */
function nextStep({ before, after, rests }: Compared, at: number, to: number): Step {
  if (at < before.length && before[at] === after[to]) return "same";
  if (to >= after.length) return "removed";
  if (at >= before.length) return "added";
  return rests === undefined || (rests[at + 1]?.[to] ?? 0) >= (rests[at]?.[to + 1] ?? 0) ? "removed" : "added";
}

/** The lines of two texts side by side in one list. */
function diffLines(before: readonly string[], after: readonly string[]): DiffLine[] {
  const compared = { before, after, rests: commonRests(before, after) };
  const lines: DiffLine[] = [];
  let [at, to] = [0, 0];
  while (at < before.length || to < after.length) {
    const kind = nextStep(compared, at, to);
    const text = (kind === "added" ? after[to] : before[at]) ?? "";
    if (kind !== "added") at += 1;
    if (kind !== "removed") to += 1;
    lines.push({
      kind,
      text,
      ...(kind === "added" ? {} : { before: at }),
      ...(kind === "removed" ? {} : { after: to }),
    });
  }
  return lines;
}

const CONTEXT = 3;

/** Leaves out what is far from every change. */
function withContext(lines: readonly DiffLine[], context: number): DiffLine[] {
  const near = lines.map((_, at) =>
    lines.slice(Math.max(0, at - context), at + context + 1).some(({ kind }) => kind !== "same"),
  );
  return lines.flatMap((line, at) => {
    if (near[at] === true) return [line];
    return at > 0 && near[at - 1] === true ? [{ kind: "gap" as const, text: "" }] : [];
  });
}

const linesOf = (text: string) => (text === "" ? [] : text.replace(/\n$/, "").split("\n"));

interface Texts {
  before: string;
  after: string;
}

/** What an edit that names its old and new text changes. */
export const diffOfTexts = (path: string, { before, after }: Texts, context = CONTEXT): FileDiff =>
  counted({
    path,
    change: before === "" ? "added" : "edited",
    lines: withContext(diffLines(linesOf(before), linesOf(after)), context),
  });

const HUNK = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@/;
const HEADER = /^(?:Index: |diff --git |index |===|--- |\+\+\+ |new file|deleted file|rename |similarity )/;
const pathOf = (line: string) =>
  line
    .slice(4)
    .replace(/^[ab]\//, "")
    .replace(/\t.*$/, "")
    .trim();

interface Reading {
  files: Omit<FileDiff, "added" | "removed">[];
  before: number;
  after: number;
}

function readHeader(reading: Reading, line: string): void {
  const file = reading.files.at(-1);
  if (line.startsWith("--- ")) {
    reading.files.push({ path: pathOf(line), change: pathOf(line) === "/dev/null" ? "added" : "edited", lines: [] });
  } else if (line.startsWith("+++ ") && file !== undefined) {
    const path = pathOf(line);
    if (path === "/dev/null") file.change = "deleted";
    else if (file.change === "added") file.path = path;
    else if (file.path !== path) Object.assign(file, { change: "moved", path: `${file.path} → ${path}` });
  }
}

function readLine(reading: Reading, line: string): void {
  const file = reading.files.at(-1);
  const hunk = HUNK.exec(line);
  if (hunk !== null) {
    reading.before = Number(hunk[1]);
    reading.after = Number(hunk[2]);
    if (file !== undefined && file.lines.length > 0) file.lines.push({ kind: "gap", text: "" });
  } else if (line.startsWith("+")) file?.lines.push({ kind: "added", text: line.slice(1), after: reading.after++ });
  else if (line.startsWith("-")) file?.lines.push({ kind: "removed", text: line.slice(1), before: reading.before++ });
  else if (line.startsWith(" "))
    file?.lines.push({ kind: "same", text: line.slice(1), before: reading.before++, after: reading.after++ });
}

/** Reads a unified diff; text that is none gives no files. */
export function readPatch(patch: string): FileDiff[] {
  const reading: Reading = { files: [], before: 1, after: 1 };
  const lines = patch.split("\n");
  let isBody = false;
  for (const line of lines) {
    if (HUNK.test(line)) isBody = true;
    else if (HEADER.test(line) && (!isBody || /^(?:Index: |diff --git |--- (?:a\/|\/))/.test(line))) {
      isBody = false;
      readHeader(reading, line);
      continue;
    }
    readLine(reading, line);
  }
  return reading.files.map(counted);
}

const BEGIN = /^\*\*\* (Add|Update|Delete) File: (.+)$/;
const CHANGES = new Map<string, FileDiff["change"]>([
  ["Add", "added"],
  ["Delete", "deleted"],
]);
const MOVE = "*** Move to: ";

const SIGNS = new Map<string, DiffLine["kind"]>([
  ["@", "gap"],
  ["+", "added"],
  ["-", "removed"],
  [" ", "same"],
]);

/** Reads the patch format of `apply_patch`: `*** Update File: …` with signed lines. */
export function readApplyPatch(patch: string): FileDiff[] {
  const files: Omit<FileDiff, "added" | "removed">[] = [];
  for (const line of patch.split("\n")) {
    const [, verb, path] = BEGIN.exec(line) ?? [];
    const file = files.at(-1);
    const kind = SIGNS.get(line[0] ?? "");
    if (path !== undefined) files.push({ path, change: CHANGES.get(verb ?? "") ?? "edited", lines: [] });
    else if (line.startsWith(MOVE) && file !== undefined)
      Object.assign(file, { change: "moved", path: `${file.path} → ${line.slice(MOVE.length)}` });
    else if (kind !== undefined) file?.lines.push({ kind, text: kind === "gap" ? "" : line.slice(1) });
  }
  return files.map(counted);
}
