/** The second net: what looks like a credential does not reach a page, whoever wrote it into a row. */
import { redactSecretShapes } from "@thor/kit/pure/secret-patterns";

/** `Authorization: …`, and long random words right after a name that says what they are. */
const AUTHORIZATION = /\b(authorization["']?\s*[:=]\s*["']?)((?:bearer|basic|token)\s+)?[^\s"',;]{8,}/gi;
const NAMED =
  /\b([A-Za-z0-9_-]*(?:key|token|secret|password|passwd|credential)s?["']?\s*[:=]\s*["']?)([A-Za-z0-9+/_=-]{20,})/gi;
/** Random text uses many different characters of more than one kind. */
const isRandom = (word: string) =>
  new Set(word).size >= 12 && [/[a-z]/, /[A-Z]/, /[0-9]/].filter((kind) => kind.test(word)).length >= 2;

/** Text as it may be shown. */
export function redact(text: string): string {
  return redactSecretShapes(text)
    .text.replaceAll(
      AUTHORIZATION,
      (_whole, name: string, scheme: string | undefined) => `${name}${scheme ?? ""}[redacted:authorization]`,
    )
    .replaceAll(NAMED, (whole, name: string, word: string) => (isRandom(word) ? `${name}[redacted:secret]` : whole));
}

/** A JSON value with every text in it as it may be shown. */
export function redactJson(value: unknown): unknown {
  if (typeof value === "string") return redact(value);
  if (Array.isArray(value)) return value.map(redactJson);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, redactField(key, one)]));
}

const SECRET_NAME = /(?:key|token|secret|password|passwd|authorization|credential)s?$/i;
const redactField = (key: string, value: unknown) =>
  typeof value === "string" && SECRET_NAME.test(key) && isRandom(value) ? "[redacted:secret]" : redactJson(value);

// Zero-width characters, marks and overrides of direction, control characters but tab and newline.
const HIDDEN =
  // oxlint-disable-next-line no-control-regex
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

/** Hidden characters as people can see them: `⟨U+202E⟩`. */
export const showHidden = (text: string) =>
  text.replaceAll(HIDDEN, (char) => `⟨U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}⟩`);
