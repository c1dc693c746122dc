/** Keeps the first `maxChars` characters and says how many are gone; never splits a surrogate pair. */
export function cutText(text: string, maxChars: number): string {
  if (text.length <= maxChars) return text;
  const last = text.charCodeAt(maxChars - 1);
  const end = last >= 0xd800 && last <= 0xdbff ? maxChars - 1 : maxChars;
  return `${text.slice(0, end)}…[+${text.length - end}]`;
}

// Control characters other than tab and newline, and characters that reverse the direction of text.
// oxlint-disable-next-line no-control-regex
const INVISIBLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Removes what a person cannot see but a model or terminal would obey; NUL becomes U+FFFD. */
export const stripInvisible = (text: string) => text.replaceAll("\0", "\uFFFD").replaceAll(INVISIBLE, "");
