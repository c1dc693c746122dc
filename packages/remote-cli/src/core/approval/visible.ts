/** Text as a reviewer has to see it: nothing hidden, nothing that formats, notifies or ends a code block. */
import { escapeMrkdwn } from "@thor/slack/pure/mrkdwn";

/** Ranges of what cannot be seen, or turns its surroundings around. */
const HIDDEN_RANGES: readonly (readonly [first: number, last: number])[] = [
  [0x0, 0x8],
  [0xb, 0x1f],
  [0x7f, 0x9f],
  [0xad, 0xad],
  [0x34f, 0x34f],
  [0x61c, 0x61c],
  [0x115f, 0x1160],
  [0x17b4, 0x17b5],
  [0x180b, 0x180f],
  [0x200b, 0x200f],
  [0x2028, 0x202f],
  [0x205f, 0x206f],
  [0x3164, 0x3164],
  [0xfe00, 0xfe0f],
  [0xfeff, 0xfeff],
  [0xffa0, 0xffa0],
  [0xfff0, 0xfffb],
  [0xe0000, 0xe0fff],
];

const isHidden = (code: number) => HIDDEN_RANGES.some(([first, last]) => code >= first && code <= last);

/** Hidden characters as their numbers. */
export const visible = (text: string) =>
  Array.from(text, (char) => {
    const code = char.codePointAt(0) ?? 0;
    return isHidden(code) ? `${String.raw`\u`}{${code.toString(16)}}` : char;
  }).join("");

/** A code block that its content cannot leave. */
export const fenced = (text: string) =>
  `\`\`\`\n${escapeMrkdwn(visible(text).replaceAll("`", String.raw`\u0060`))}\n\`\`\``;

/** One line of plain text. */
export const plainLine = (text: string, maxChars: number): string => {
  const line = visible(text.replaceAll(/\s+/g, " ").trim());
  const cut = line.length > maxChars ? `${line.slice(0, maxChars)}…[+${line.length - maxChars} chars]` : line;
  return escapeMrkdwn(cut);
};
