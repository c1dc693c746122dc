/** A refusal that teaches: at most four lines, and none of them can be forged by the arguments. */

export interface Denial {
  /** For the audit and for tests; stable. */
  rule: string;
  reason: string;
  instead?: string | undefined;
}

const MAX_SHOWN = 300;
const SAFE_WORD = /^[A-Za-z0-9_@%+=:,./-]+$/;

const escapeControl = (text: string) =>
  // oxlint-disable-next-line no-control-regex
  text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, (char) => {
    return `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });

const quote = (word: string) => (SAFE_WORD.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`);

/** argv as one would type it, cut and without control characters. */
function shownArgv(tool: string, argv: readonly string[]): string {
  const text = escapeControl([tool, ...argv.map(quote)].join(" "));
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}

/** What the agent reads instead of a result. */
export function denialText(tool: string, argv: readonly string[], { reason, instead }: Denial): string {
  return [
    `"${shownArgv(tool, argv)}" is not allowed.`,
    `Reason: ${escapeControl(reason)}`,
    ...(instead === undefined ? [] : [`Try instead: ${escapeControl(instead)}`]),
    `Details: skill using-${tool}`,
  ]
    .map((line) => `${line}\n`)
    .join("");
}
