/** Reads JSON so that every value can be found again in the text, and a key given twice is not lost. */

export type Path = readonly (string | number)[];

export type JsonText =
  | {
      kind: "read";
      /** The value; a key that stands twice in its object has no value one could rely on, and is null. */
      value: unknown;
      /** Where each value (of an object: its key) stands, by `pathText`. */
      places: ReadonlyMap<string, number>;
      /** Keys that no value may be taken from, and why. */
      refused: readonly { path: Path; message: string; at: number }[];
    }
  | { kind: "fault"; at: number; message: string };

const MAX_DEPTH = 32;
const SPACE = /[ \t\n\r]*/y;
const STRING = /"[^"\\]*(?:\\[^][^"\\]*)*"/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const WORD = /true|false|null/y;

/** `users[0].slack`, or `(root)`. */
export function pathText(path: Path): string {
  if (path.length === 0) return "(root)";
  return path.map((key, at) => (typeof key === "number" ? `[${key}]` : `${at === 0 ? "" : "."}${key}`)).join("");
}

interface Scan {
  text: string;
  at: number;
  fault?: { at: number; message: string };
  places: Map<string, number>;
  refused: { path: Path; message: string; at: number }[];
}
/** A value, or undefined after a fault. */
type Found = { value: unknown } | undefined;

function fail(scan: Scan, message: string, at = scan.at): undefined {
  scan.fault ??= { at, message };
}

function take(scan: Scan, shape: RegExp): string | undefined {
  shape.lastIndex = scan.at;
  const [found] = shape.exec(scan.text) ?? [];
  scan.at += found?.length ?? 0;
  return found;
}

function skipTo(scan: Scan): string | undefined {
  take(scan, SPACE);
  return scan.text[scan.at];
}

function takeMark(scan: Scan, mark: string): boolean {
  const isThere = skipTo(scan) === mark;
  if (isThere) scan.at += 1;
  return isThere;
}

function parsePart(scan: Scan, part: string, at: number): Found {
  try {
    return { value: JSON.parse(part) };
  } catch {
    return fail(scan, "is not valid JSON: a control character or an unknown escape stands here", at);
  }
}

function readPlain(scan: Scan): Found {
  const at = scan.at;
  const part = take(scan, STRING) ?? take(scan, NUMBER) ?? take(scan, WORD);
  return part === undefined ? fail(scan, "is not valid JSON: a value is missing here") : parsePart(scan, part, at);
}

/** Reads `item` again and again until the closing mark, with a comma between. */
function readSequence(scan: Scan, close: string, item: () => boolean): boolean {
  scan.at += 1;
  if (takeMark(scan, close)) return true;
  while (item()) {
    if (takeMark(scan, close)) return true;
    if (!takeMark(scan, ",")) {
      fail(scan, `is not valid JSON: "," or "${close}" is missing here`);
      return false;
    }
  }
  return false;
}

function readList(scan: Scan, path: Path): Found {
  const items: unknown[] = [];
  const isWhole = readSequence(scan, "]", () => {
    skipTo(scan);
    const place = [...path, items.length];
    scan.places.set(pathText(place), scan.at);
    const item = readValue(scan, place);
    if (item !== undefined) items.push(item.value);
    return item !== undefined;
  });
  return isWhole ? { value: items } : undefined;
}

function readEntry(scan: Scan, path: Path, entries: Map<string, unknown>): boolean {
  skipTo(scan);
  const at = scan.at;
  const quoted = take(scan, STRING);
  const key = quoted === undefined ? undefined : parsePart(scan, quoted, at)?.value;
  if (typeof key !== "string") {
    fail(scan, "is not valid JSON: a key in double quotes is missing here");
    return false;
  }
  const place = [...path, key];
  if (!takeMark(scan, ":")) {
    fail(scan, 'is not valid JSON: ":" is missing here');
    return false;
  }
  skipTo(scan);
  const isTwice = entries.has(key);
  scan.places.set(pathText(place), at);
  const found = readValue(scan, place);
  if (found === undefined) return false;
  if (isTwice) scan.refused.push({ path: place, at, message: `key "${key}" stands twice in one object` });
  if (key === "__proto__") scan.refused.push({ path: place, at, message: `key "${key}" may not be used` });
  else entries.set(key, isTwice ? null : found.value);
  return true;
}

function readObject(scan: Scan, path: Path): Found {
  const entries = new Map<string, unknown>();
  const isWhole = readSequence(scan, "}", () => readEntry(scan, path, entries));
  return isWhole ? { value: Object.fromEntries(entries) } : undefined;
}

function readValue(scan: Scan, path: Path): Found {
  const first = skipTo(scan);
  if (path.length > MAX_DEPTH) return fail(scan, "is nested too deeply");
  if (first === "{") return readObject(scan, path);
  return first === "[" ? readList(scan, path) : readPlain(scan);
}

/** Reads a whole text; a fault carries its place and never a piece of the text. */
export function readJsonText(text: string): JsonText {
  const scan: Scan = { text, at: 0, places: new Map(), refused: [] };
  if (text.startsWith("\uFEFF")) return { kind: "fault", at: 0, message: "begins with a byte order mark" };
  const found = readValue(scan, []);
  if (found !== undefined && skipTo(scan) !== undefined) fail(scan, "is not valid JSON: more follows after its end");
  if (scan.fault !== undefined || found === undefined)
    return { kind: "fault", at: scan.fault?.at ?? 0, message: scan.fault?.message ?? "is not valid JSON" };
  return { kind: "read", value: found.value, places: scan.places, refused: scan.refused };
}
