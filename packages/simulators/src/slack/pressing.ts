/** What a person can press in blocks, and what the app gets to know of a press. */
import { z } from "zod";

import { type Option } from "./block-elements.ts";
import { SlackError } from "./slack-error.ts";

const Choice = z.looseObject({ value: z.string() });
const Element = z.looseObject({
  type: z.string(),
  action_id: z.string().optional(),
  text: z.looseObject({ text: z.string() }).optional(),
  value: z.string().optional(),
  options: z.array(Choice).optional(),
});
const Block = z.looseObject({
  type: z.string(),
  block_id: z.string().optional(),
  elements: z.array(z.unknown()).optional(),
  accessory: z.unknown().optional(),
});

export interface Place {
  blockId: string;
  actionId: string;
  element: z.infer<typeof Element>;
}

/** Slack names blocks and elements that the app left without a name. */
export const blockIdAt = (index: number, given: string | undefined) => given ?? `b${index}`;

/** Everything in these blocks that answers to a press, in order. */
function pressable(blocks: readonly unknown[]): Place[] {
  return blocks.flatMap((given, index) => {
    const block = Block.parse(given);
    if (block.type !== "actions" && block.type !== "section") return [];
    const elements = block.type === "actions" ? (block.elements ?? []) : [block.accessory];
    return elements.flatMap((item, at) => {
      const element = Element.safeParse(item).data;
      if (element === undefined || element.type === "image") return [];
      const actionId = element.action_id ?? `a${index}-${at}`;
      return [{ blockId: blockIdAt(index, block.block_id), actionId, element }];
    });
  });
}

/** How a person names what is pressed: by its words, or by its id where words are not enough. */
export interface Press {
  label?: string | undefined;
  actionId?: string | undefined;
  /** The value of a button, or of the option that is chosen. */
  value?: string | undefined;
}

function fits({ element, actionId }: Place, { label, actionId: wanted, value }: Press): boolean {
  if (label !== undefined && element.text?.text !== label) return false;
  if (wanted !== undefined && actionId !== wanted) return false;
  if (value === undefined) return true;
  return element.value === value || (element.options ?? []).some((option) => option.value === value);
}

/** The pressed element; Slack's own client offers nothing else. */
export function findPressed(blocks: readonly unknown[], press: Press): Place {
  const place = pressable(blocks).find((candidate) => fits(candidate, press));
  if (place === undefined) throw new SlackError("no_such_action");
  return place;
}

const chosen = (options: readonly z.infer<typeof Choice>[] = [], value: string | undefined) =>
  options.find((option) => option.value === value) ?? options[0];

/** One entry of `actions`. */
export function actionForm({ blockId, actionId, element }: Place, press: Press, ts: string) {
  const { type, text, value, options } = element;
  const base = { type, action_id: actionId, block_id: blockId, action_ts: ts };
  if (type === "button") return { ...base, text, ...(value === undefined ? {} : { value }), style: element["style"] };
  const option = chosen(options, press.value);
  const isMany = type === "multi_static_select" || type === "checkboxes";
  return isMany
    ? { ...base, selected_options: option === undefined ? [] : [option] }
    : { ...base, selected_option: option };
}

const Input = z.looseObject({
  type: z.literal("input"),
  block_id: z.string().optional(),
  optional: z.boolean().optional(),
  element: z.looseObject({
    type: z.string(),
    action_id: z.string().optional(),
    initial_value: z.string().optional(),
    options: z.array(z.custom<Option>()).optional(),
    initial_option: z.custom<Option>().optional(),
    initial_options: z.array(z.custom<Option>()).optional(),
  }),
});
type Input = z.infer<typeof Input>;

/** What was filled in: by action id (or block id), a text or the values of options. */
export type Filled = Readonly<Record<string, string | readonly string[]>>;

/** The fields of a modal with the names they go by. */
export function inputsOf(blocks: readonly unknown[]) {
  return blocks.flatMap((given, index) => {
    const input = Input.safeParse(given).data;
    if (input === undefined) return [];
    return [{ input, blockId: blockIdAt(index, input.block_id), actionId: input.element.action_id ?? `a${index}` }];
  });
}

const initialOf = ({ initial_options, initial_option }: Input["element"]) =>
  initial_options ?? (initial_option === undefined ? [] : [initial_option]);

/** A field's state: as the app set it, unless the person filled it in. */
function stateOf({ element }: Input, filled: string | readonly string[] | undefined) {
  const { type, options = [] } = element;
  const values = filled === undefined ? undefined : [filled].flat();
  if (type === "plain_text_input") return { type, value: (values?.[0] ?? element.initial_value ?? "") || null };
  const picked = values === undefined ? initialOf(element) : options.filter(({ value }) => values.includes(value));
  if (type === "checkboxes" || type === "multi_static_select") return { type, selected_options: picked };
  return { type, selected_option: picked[0] ?? null };
}

const isEmpty = (state: ReturnType<typeof stateOf>) =>
  Object.values(state).some((part) => part === null || (Array.isArray(part) && part.length === 0));

/** `view.state.values` of a submission; a required field left empty is refused as Slack's client refuses it. */
export function filledIn(blocks: readonly unknown[], filled: Filled): Record<string, Record<string, unknown>> {
  const inputs = inputsOf(blocks);
  const names = new Set(inputs.flatMap(({ blockId, actionId }) => [blockId, actionId]));
  if (Object.keys(filled).some((name) => !names.has(name))) throw new SlackError("no_such_field");
  const values: Record<string, Record<string, unknown>> = {};
  for (const { input, blockId, actionId } of inputs) {
    const state = stateOf(input, filled[actionId] ?? filled[blockId]);
    if (isEmpty(state) && input.optional !== true) throw new SlackError("field_required");
    values[blockId] = { ...values[blockId], [actionId]: state };
  }
  return values;
}
