/** Foreign text on a page: only as the value of these, so that it is escaped and redacted whoever wrote it. */
import { escapeHtml } from "@kitajs/html";

import { redact, showHidden } from "../redact.ts";

const clean = (text: string) => showHidden(redact(text));

/** Words in a line. */
export const Text = ({ value }: { value: string | number }) => <bdi>{escapeHtml(clean(String(value)))}</bdi>;

/** Foreign words where no markup may stand: in a title or an option. */
export const Plain = ({ value }: { value: string }) => <>{escapeHtml(clean(value))}</>;

/** What a field holds: exactly as it was, neither redacted nor marked. */
export const FieldText = ({ value }: { value: string }) => <>{escapeHtml(`\n${value}`)}</>;

/** Words of our own with a number or an id in them; escaped all the same. */
export const Words = ({ value }: { value: string | number }) => <>{escapeHtml(String(value))}</>;

/** A word of a machine: an id, a path, a name. */
export const Code = ({ value }: { value: string }) => <code>{escapeHtml(clean(value))}</code>;

/** Text as it stands, line by line, in a box of its own that scrolls. */
export const Block = ({ value, label }: { value: string; label: string }) => (
  <pre class="block" tabindex="0" role="region" aria-label={label}>
    {escapeHtml(clean(value))}
  </pre>
);

const PARAGRAPHS = /\n{2,}/;
const FENCE = /^```[^\n]*\n([\s\S]*?)(?:\n```|$)/;

const Paragraph = ({ text }: { text: string }) => {
  const fenced = FENCE.exec(text);
  return fenced === null ? (
    <p class="said">{escapeHtml(clean(text))}</p>
  ) : (
    <Block value={fenced[1] ?? ""} label="Code" />
  );
};

/** What somebody said, with its paragraphs and blocks of code; nothing in it is markup. */
export const Said = ({ value }: { value: string }) => (
  <div class="words">
    {value
      .split(/(?=^```)|(?<=^```\n)/m)
      .flatMap((part) => (part.startsWith("```") ? [part] : part.split(PARAGRAPHS)))
      .filter((part) => part.trim() !== "")
      .map((part) => (
        <Paragraph text={part} />
      ))}
  </div>
);

/** A link to somewhere else: only the web's own kinds of address, others stay text. */
export const Away = ({ href, value }: { href: string; value: string }) =>
  /^https:\/\/|^http:\/\/localhost[:/]/.test(href) ? (
    <a href={href} rel="noopener noreferrer">
      <Text value={value} />
    </a>
  ) : (
    <Text value={value} />
  );
