/** Text from outside as plain text in a Slack message: it can neither format nor notify anybody. */
export const escapeMrkdwn = (text: string) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

const FENCE = "```";

/** Cuts a long answer into messages at line ends; a code fence that is cut is closed and opened again. */
export function splitMessage(text: string, maxChars: number): string[] {
  const parts: string[] = [];
  let part = "";
  let isInFence = false;
  const room = maxChars - 2 * (FENCE.length + 1);
  for (const line of text.split("\n").flatMap((long) => chunks(long, room))) {
    if (part.length + line.length + 1 > room && part !== "") {
      parts.push(isInFence ? `${part}\n${FENCE}` : part);
      part = isInFence ? FENCE : "";
    }
    part = part === "" ? line : `${part}\n${line}`;
    if (line.trimStart().startsWith(FENCE)) isInFence = !isInFence;
  }
  return part.trim() === "" ? parts : [...parts, part];
}

function chunks(line: string, size: number): string[] {
  if (line.length <= size) return [line];
  const count = Math.ceil(line.length / size);
  return Array.from({ length: count }, (_, index) => line.slice(index * size, (index + 1) * size));
}
