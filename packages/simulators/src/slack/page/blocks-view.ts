/** Block Kit as it is shown. Blocks were validated when they came in, so only known shapes are drawn. */
import { z } from "zod";

import { type Html, html } from "../../page/html.ts";
import { mrkdwn, type Naming } from "./mrkdwn.ts";

const Text = z.object({ text: z.string() });
const Element = z.looseObject({
  type: z.string(),
  text: z.union([z.string(), Text]).optional(),
  url: z.string().optional(),
  style: z.string().optional(),
  alt_text: z.string().optional(),
});
const Block = z.looseObject({
  type: z.string(),
  text: z.union([z.string(), Text]).optional(),
  fields: z.array(Text).optional(),
  elements: z.array(Element).optional(),
  accessory: Element.optional(),
});
type Element = z.infer<typeof Element>;
type Block = z.infer<typeof Block>;

const wordsOf = (text: string | { text: string } | undefined) => (typeof text === "string" ? text : (text?.text ?? ""));

function element(item: Element, naming: Naming): Html {
  const words = wordsOf(item.text);
  if (item.type === "button" && item.url !== undefined)
    return html`<a class="button ${item.style ?? ""}" href="${naming.linkTo(item.url)}" target="_blank" rel="noreferrer"
      >${words}</a
    >`;
  if (item.type === "button")
    return html`<button
      class="button ${item.style ?? ""}"
      disabled
      title="The simulator shows buttons; it does not press them"
    >
      ${words}
    </button>`;
  if (item.type === "image") return html`<em>${item.alt_text ?? "image"}</em>`;
  return mrkdwn(words, naming);
}

function block(given: Block, naming: Naming): Html | undefined {
  const { type, text, fields = [], elements = [], accessory } = given;
  if (type === "divider") return html`<hr />`;
  if (type === "header") return html`<h4>${wordsOf(text)}</h4>`;
  if (type === "context") return html`<div class="context">${elements.map((item) => element(item, naming))}</div>`;
  if (type === "actions") return html`<div class="actions">${elements.map((item) => element(item, naming))}</div>`;
  if (type === "section" || type === "markdown")
    return html`<div class="section">
      ${text === undefined ? undefined : mrkdwn(wordsOf(text), naming)}${fields.map((field) => mrkdwn(field.text, naming))}${accessory === undefined ? undefined : element(accessory, naming)}
    </div>`;
  return undefined;
}

/** The blocks of a message; undefined when none of them can be drawn, so that its text stands in. */
export function blocksView(blocks: readonly unknown[], naming: Naming): Html | undefined {
  const drawn = blocks.flatMap((given) => {
    const parsed = Block.safeParse(given);
    const view = parsed.success ? block(parsed.data, naming) : undefined;
    return view === undefined ? [] : [view];
  });
  return drawn.length === 0 ? undefined : html`<div class="blocks">${drawn}</div>`;
}
