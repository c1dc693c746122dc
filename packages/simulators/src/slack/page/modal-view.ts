/** The modal on top of a person's stack, as a form. */
import { type Html, html } from "../../page/html.ts";
import { inputsOf } from "../pressing.ts";
import type { View } from "../views.ts";
import { blocksView } from "./blocks-view.ts";
import type { Naming } from "./mrkdwn.ts";

type Field = ReturnType<typeof inputsOf>[number];

function control({ input, actionId }: Field): Html {
  const { type, options = [], initial_value = "", initial_option } = input.element;
  if (type === "plain_text_input" && input.element["multiline"] === true)
    return html`<textarea name="${actionId}" rows="4">${initial_value}</textarea>`;
  if (type === "plain_text_input")
    return html`<input name="${actionId}" value="${initial_value}" autocomplete="off" />`;
  const isMany = type === "checkboxes" || type === "multi_static_select";
  return html`<select name="${actionId}" ${isMany ? html`multiple` : undefined}>
    ${isMany ? undefined : html`<option value=""></option>`}
    ${options.map(
      ({ text, value }) =>
        html`<option value="${value}" ${value === initial_option?.value ? html`selected` : undefined}>
          ${text.text}
        </option>`,
    )}
  </select>`;
}

function fieldView(field: Field, error: string | undefined): Html {
  const { input } = field;
  return html`<label
    ><span>${input.label.text}${input.optional === true ? html` <small>(optional)</small>` : undefined}</span>
    ${control(field)}${error === undefined ? undefined : html`<span class="wrong" role="alert">${error}</span>`}
  </label>`;
}

/** Drawn in the order of its blocks: words and buttons between the fields. */
export function modalView(view: View, naming: Naming): Html {
  const { title, submit, close, blocks } = view.draft;
  const fields = inputsOf(blocks);
  const drawing = { ...naming, pressIn: { viewId: view.id } };
  return html`<form class="modal" data-modal="${view.id}" aria-label="${title.text}">
    <header>
      <h2>${title.text}</h2>
      <button type="button" data-dismiss="${view.id}" aria-label="Close">✕</button>
    </header>
    ${blocks.map((block, index) => {
      const field = fields.find(({ index: at }) => at === index);
      return field === undefined ? blocksView([block], drawing) : fieldView(field, view.errors[field.blockId]);
    })}
    <footer>
      <button type="button" data-dismiss="${view.id}">${close?.text ?? "Cancel"}</button>
      ${submit === undefined ? undefined : html`<button class="button primary">${submit.text}</button>`}
    </footer>
  </form>`;
}
