/** Values that are judged by their text alone. All are bounded, none may hold control characters or look like an option. */
import type { Checked, Validator } from "../spec.ts";

// oxlint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f\u007f]/;

export const bad = (reason: string): Checked => ({ kind: "bad", reason });
export const ok = (value: string): Checked => ({ kind: "ok", value });

const quoted = (text: string) => `"${text.length > 60 ? `${text.slice(0, 60)}…` : text}"`;

/** What every value has to keep, whatever it means. */
export function plainFault(text: string, maxChars: number): string | undefined {
  if (text === "") return "the value is empty";
  if (text.length > maxChars) return `the value is longer than ${maxChars} characters`;
  if (CONTROL.test(text)) return "the value holds a control character";
  return text.startsWith("-") ? `the value ${quoted(text)} begins with a dash` : undefined;
}

/** Text that fits a pattern as a whole. */
export function matching(name: string, pattern: RegExp, maxChars = 256): Validator {
  const check = (text: string) => {
    const fault = plainFault(text, maxChars);
    if (fault !== undefined) return bad(fault);
    return pattern.test(text) ? ok(text) : bad(`${quoted(text)} is not a ${name}`);
  };
  return { name, check };
}

/** Any printable text up to a length. */
export const text = (maxChars: number, name = "text"): Validator => matching(name, /^/, maxChars);

/** Prose that may have lines. */
export const prose = (maxChars: number): Validator => ({
  name: "text",
  check: (value) => {
    if (value.trim() === "") return bad("the text is empty");
    if (value.includes("\0")) return bad("the text holds a NUL");
    return value.length > maxChars ? bad(`the text is longer than ${maxChars} characters`) : ok(value);
  },
});

/** A whole number within limits. */
export function int(min: number, max: number): Validator {
  const name = "n";
  const check = (given: string) => {
    const isInRange = /^\d{1,9}$/.test(given) && Number(given) >= min && Number(given) <= max;
    return isInRange ? ok(given) : bad(`${quoted(given)} is not a number from ${min} to ${max}`);
  };
  return { name, check };
}

/** One of a closed list of words. */
export function among(list: string): Validator {
  const allowed = list.split(" ");
  const name = allowed.join("|");
  return {
    name,
    check: (given) =>
      allowed.includes(given) ? ok(given) : bad(`${quoted(given)} is not one of ${allowed.join(", ")}`),
  };
}

export const regex = text(1024, "regex");
export const date = matching("date", /^[\p{L}\p{N}:.+\-/ ]+$/u, 64);
export const sortKey: Validator = {
  name: "key",
  check: (given) =>
    /^-?[A-Za-z*][A-Za-z:=,0-9*-]{0,63}$/.test(given) ? ok(given) : bad(`${quoted(given)} is not a sort key`),
};
/** Numbers, words and percentages such as diff's own small languages take. */
export const word = matching("word", /^[A-Za-z0-9_.,:%+=/*@ -]+$/, 200);
export const similarity = matching("n%", /^\d{1,3}%?(\/\d{1,3}%?)?$/);
/** An address of the web without user and password. */
export const httpUrl = matching("http(s) address", /^https?:\/\/[A-Za-z0-9.[\]:-]{1,253}([/?#][^\s@]*)?$/, 2048);
export const configKey = matching("key", /^[A-Za-z][A-Za-z0-9.*_/-]{0,200}$/);
