/** The five fields of a schedule, checked and in one spelling, so that equal schedules are equal texts. */
import type { Fault, Word } from "./lex.ts";

interface Field {
  name: string;
  min: number;
  max: number;
  names?: readonly string[];
}
const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

const FIELDS: readonly Field[] = [
  { name: "minute", min: 0, max: 59 },
  { name: "hour", min: 0, max: 23 },
  { name: "day of month", min: 1, max: 31 },
  { name: "month", min: 1, max: 12, names: MONTHS },
  { name: "day of week", min: 0, max: 7, names: DAYS },
];
export const FIELD_COUNT = FIELDS.length;

const NICKNAMES: Readonly<Record<string, string>> = {
  "@hourly": "0 * * * *",
  "@daily": "0 0 * * *",
  "@weekly": "0 0 * * 0",
  "@monthly": "0 0 1 * *",
  "@yearly": "0 0 1 1 *",
};

type Normalised<T> = { kind: "ok"; value: T } | { kind: "fault"; fault: Fault };

const ITEM = /^(\*|[0-9a-z]+(?:-[0-9a-z]+)?)(?:\/([0-9]+))?$/;

function valueOf(text: string, { min, max, names }: Field): number | undefined {
  const named = names?.indexOf(text) ?? -1;
  if (named !== -1) return named + min;
  const value = /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN;
  return value >= min && value <= max ? value : undefined;
}

type Item = { text: string } | { why: string; suggestion?: string };

const isDayOfWeek = ({ names }: Field) => names === DAYS;

const outside = (item: string, { name, min, max, names }: Field): Item => ({
  why: `"${item}" is not a ${name}: ${min} to ${max}${names === undefined ? "" : ` or ${names.join(" ")}`}`,
});

/** A value alone; the two numbers of Sunday are one. */
function valueItem(item: string, field: Field, steps: string): Item {
  const value = valueOf(item, field);
  if (value === undefined) return outside(item, field);
  const last = isDayOfWeek(field) ? 6 : field.max;
  if (steps !== "") return { why: "a step needs a range or *", suggestion: `${value}-${last}${steps}` };
  return { text: String(isDayOfWeek(field) ? value % 7 : value) };
}

/** A range; one that ends on Sunday ends with the week. */
function rangeItem(first: string, last: string, { field, steps }: { field: Field; steps: string }): Item {
  const from = valueOf(first, field);
  const to = isDayOfWeek(field) && last === "sun" && from !== 0 ? field.max : valueOf(last, field);
  if (from === undefined || to === undefined) return outside(`${first}-${last}`, field);
  if (to >= from) return { text: `${from}-${to}${steps}` };
  const suggestion = `${from}-${isDayOfWeek(field) ? 6 : field.max},${field.min}-${to}`;
  return { why: `the range ${first}-${last} runs backwards`, suggestion };
}

/** One element of a list in its one spelling, or why it is not understood. */
function itemOf(item: string, field: Field): Item {
  const { name, max } = field;
  const [, range, step] = ITEM.exec(item.toLowerCase()) ?? [];
  if (range === undefined)
    return { why: `"${item}" is not a ${name}; use numbers, *, lists a,b, ranges a-b, steps /n` };
  if (step !== undefined && (Number(step) < 1 || Number(step) > max))
    return { why: `a step of ${name} is 1 to ${max}` };
  const steps = step === undefined ? "" : `/${Number(step)}`;
  if (range === "*") return { text: `*${steps}` };
  const [first = "", last] = range.split("-");
  return last === undefined ? valueItem(first, field, steps) : rangeItem(first, last, { field, steps });
}

function fieldOf({ text, column }: Word, field: Field): Normalised<string> {
  const items: string[] = [];
  let at = column;
  for (const item of text.split(",")) {
    const read = itemOf(item, field);
    if ("why" in read) {
      const { why: message, suggestion } = read;
      return { kind: "fault", fault: { code: "field_invalid", column: at, message, suggestion } };
    }
    items.push(read.text);
    at += item.length + 1;
  }
  return { kind: "ok", value: items.includes("*") ? "*" : items.join(",") };
}

/** Five fields in one spelling, or the first that is wrong. */
export function normaliseFields(words: readonly Word[]): Normalised<string> {
  const fields: string[] = [];
  for (const [at, field] of FIELDS.entries()) {
    const word = words[at];
    if (word === undefined) throw new Error("a schedule without five fields");
    const read = fieldOf(word, field);
    if (read.kind === "fault") return read;
    fields.push(read.value);
  }
  return { kind: "ok", value: fields.join(" ") };
}

/** The five fields that a nickname stands for. */
export function normaliseNickname({ text, column }: Word): Normalised<string> {
  const value = NICKNAMES[text.toLowerCase()];
  if (value !== undefined) return { kind: "ok", value };
  const message = `${text} is not known; use five fields or ${Object.keys(NICKNAMES).join(" ")}`;
  return { kind: "fault", fault: { code: "nickname_unknown", column, message } };
}
