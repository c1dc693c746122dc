/** Slack's text as it is shown: links, mentions, emphasis, code, quotes; everything else is only text. */
import { type Html, html } from "../../page/html.ts";

export interface Naming {
  /** The name of a person or channel id. */
  nameOf: (id: string) => string;
  /** Where a link leads when it is opened here. */
  linkTo: (url: string) => string;
}

const EMOJI: Readonly<Record<string, string>> = {
  eyes: "👀",
  x: "❌",
  lock: "🔒",
  white_check_mark: "✅",
  heavy_check_mark: "✔️",
  tada: "🎉",
  "+1": "👍",
  thumbsup: "👍",
  wave: "👋",
  octagonal_sign: "🛑",
  hourglass_flowing_sand: "⏳",
  warning: "⚠️",
  rocket: "🚀",
  zap: "⚡",
  robot_face: "🤖",
  heart: "❤️",
  confused: "😕",
};

export const emoji = (name: string) => EMOJI[name] ?? `:${name}:`;

const unescape = (text: string) => text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

const INLINE =
  /(?<code>`[^`\n]+`)|(?<control><[^<>\n]+>)|(?<bold>(?<![\w*])\*[^*\n]+\*(?![\w*]))|(?<italic>(?<![\w_])_[^_\n]+_(?![\w_]))|(?<strike>(?<![\w~])~[^~\n]+~(?![\w~]))|(?<emoji>:[a-z0-9_+-]{1,40}:)/g;

function control(inside: string, naming: Naming): Html {
  const [target = "", label] = inside.split("|");
  if (target.startsWith("@") || target.startsWith("#"))
    return html`<span class="mention">${target[0]}${label ?? naming.nameOf(target.slice(1))}</span>`;
  if (target.startsWith("!")) return html`<span class="mention">@${target.slice(1)}</span>`;
  if (/^(https?:|mailto:)/.test(target))
    return html`<a
      href="${naming.linkTo(unescape(target))}"
      title="${unescape(target)}"
      target="_blank"
      rel="noreferrer"
      >${unescape(label ?? target)}</a
    >`;
  return html`&lt;${unescape(inside)}&gt;`;
}

function marked(match: RegExpMatchArray, naming: Naming): Html {
  const [text] = match;
  const inside = text.slice(1, -1);
  const { code, control: tag, bold, italic, strike } = match.groups ?? {};
  if (code !== undefined) return html`<code>${unescape(inside)}</code>`;
  if (tag !== undefined) return control(inside, naming);
  if (bold !== undefined) return html`<strong>${inline(inside, naming)}</strong>`;
  if (italic !== undefined) return html`<em>${inline(inside, naming)}</em>`;
  if (strike !== undefined) return html`<s>${inline(inside, naming)}</s>`;
  return html`<span title="${text}">${emoji(inside)}</span>`;
}

function inline(text: string, naming: Naming): Html[] {
  const out: Html[] = [];
  let at = 0;
  for (const match of text.matchAll(INLINE)) {
    out.push(html`${unescape(text.slice(at, match.index))}`, marked(match, naming));
    at = match.index + match[0].length;
  }
  out.push(html`${unescape(text.slice(at))}`);
  return out;
}

function line(text: string, naming: Naming): Html {
  if (/^(&gt;|>) ?/.test(text))
    return html`<blockquote>${inline(text.replace(/^(&gt;|>) ?/, ""), naming)}</blockquote>`;
  return html`${inline(text, naming)}<br />`;
}

/** A message's text as markup. */
export function mrkdwn(text: string, naming: Naming): Html {
  const parts = text.trimEnd().split(/```\n?([\s\S]*?)```/);
  const shown = parts.map((part, index) =>
    index % 2 === 1
      ? html`<pre>${unescape(part)}</pre>`
      : html`${part === "" ? [] : part.split("\n").map((row) => line(row, naming))}`,
  );
  return html`<div class="text">${shown}</div>`;
}
