/** Block Kit as it is shown. Blocks were validated when they came in, so only known shapes are drawn. */
import { z } from "zod";

import { type Html, html } from "../../page/html.ts";
import { mrkdwn, type Naming } from "./mrkdwn.ts";

const Text = z.object({ text: z.string() });
const Choice = z.looseObject({ text: Text, value: z.string() });
const Element = z.looseObject({
  type: z.string(),
  text: z.union([z.string(), Text]).optional(),
  url: z.string().optional(),
  style: z.string().optional(),
  alt_text: z.string().optional(),
  action_id: z.string().optional(),
  value: z.string().optional(),
  placeholder: Text.optional(),
  options: z.array(Choice).optional(),
  confirm: z.looseObject({ text: Text }).optional(),
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

/** What is drawn of blocks beside their words. */
export interface Drawing extends Naming {
  /** The message or modal to which a press belongs. */
  pressIn: { ts: string } | { viewId: string };
}

const wordsOf = (text: string | { text: string } | undefined) => (typeof text === "string" ? text : (text?.text ?? ""));

const placeOf = ({ pressIn }: Drawing) =>
  "ts" in pressIn ? html`data-ts="${pressIn.ts}"` : html`data-view="${pressIn.viewId}"`;

function button(item: Element, drawing: Drawing): Html {
  const words = wordsOf(item.text);
  if (item.url !== undefined)
    return html`<a
      class="button ${item.style ?? ""}"
      href="${drawing.linkTo(item.url)}"
      target="_blank"
      rel="noreferrer"
      >${words}</a
    >`;
  return html`<button
    type="button"
    class="button ${item.style ?? ""}"
    data-press="${item.action_id ?? ""}"
    data-label="${words}"
    data-value="${item.value ?? ""}"
    data-confirm="${item.confirm?.text.text ?? ""}"
    ${placeOf(drawing)}
  >
    ${words}
  </button>`;
}

/** Selects and menus: choosing is pressing. */
function menu(item: Element, drawing: Drawing): Html {
  const name = item.placeholder?.text ?? "Choose";
  return html`<select data-choose="${item.action_id ?? ""}" aria-label="${name}" ${placeOf(drawing)}>
    <option value="">${name}</option>
    ${(item.options ?? []).map(({ text, value }) => html`<option value="${value}">${text.text}</option>`)}
  </select>`;
}

function element(item: Element, drawing: Drawing): Html {
  if (item.type === "button") return button(item, drawing);
  if (item.options !== undefined) return menu(item, drawing);
  if (item.type === "image") return html`<em>${item.alt_text ?? "image"}</em>`;
  return mrkdwn(wordsOf(item.text), drawing);
}

function block(given: Block, naming: Drawing): Html | undefined {
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
export function blocksView(blocks: readonly unknown[], naming: Drawing): Html | undefined {
  const drawn = blocks.flatMap((given) => {
    const parsed = Block.safeParse(given);
    const view = parsed.success ? block(parsed.data, naming) : undefined;
    return view === undefined ? [] : [view];
  });
  return drawn.length === 0 ? undefined : html`<div class="blocks">${drawn}</div>`;
}
