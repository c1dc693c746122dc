/** The text of a post: Slack's own notation, readable, and unable to call a whole channel. */

const MAX_BYTES = 40_960;
const FENCE = /^ {0,3}(`{3,}|~{3,})[^\n]*\n[\s\S]*?(?:^ {0,3}\1[`~]*[ \t]*$|$(?![\s\S]))/gm;
const SPAN = /(?<!`)(`+)(?!`)[\s\S]*?(?<!`)\1(?!`)/g;
const TABLE = /^\s*\|?[ :|-]*-{3,}[ :|-]*\|[ :|-]*$/m;
const BROADCAST = /<!(channel|here|everyone)\b/;

/** The text with all code taken out: what is shown as it is may look like anything. */
const proseOf = (text: string) => text.replaceAll(FENCE, "").replaceAll(SPAN, "");

/** Why a text cannot be posted, with Slack's form of what was meant. */
export function slackTextFault(text: string): string | undefined {
  if (text.trim() === "") return "the text on standard input is empty";
  if (new TextEncoder().encode(text).length > MAX_BYTES) return `the text is longer than ${MAX_BYTES} bytes`;
  if (BROADCAST.test(text)) return "<!channel>, <!here> and <!everyone> are not allowed; name people as <@U…>";
  const prose = proseOf(text);
  if (TABLE.test(prose)) return "Slack has no Markdown tables; use a list, a code fence, or a table block";
  if (prose.includes("**")) return "bold is *text* in Slack, not **text**";
  return prose.includes(String.raw`\n`) ? String.raw`write real line breaks, not \n` : undefined;
}
