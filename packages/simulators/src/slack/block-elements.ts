/** The pieces of Block Kit blocks, each with Slack's limits. */
import { z } from "zod";

export const blockId = z.string().max(255).optional();
export const plain = (max: number) =>
  z.strictObject({ type: z.literal("plain_text"), text: z.string().min(1).max(max), emoji: z.boolean().optional() });
export const text = (max: number) =>
  z.union([
    plain(max),
    z.strictObject({
      type: z.literal("mrkdwn"),
      text: z.string().min(1).max(max),
      verbatim: z.boolean().optional(),
    }),
  ]);

const actionId = z.string().min(1).max(255).optional();
const Confirm = z.strictObject({
  title: plain(100),
  text: text(300),
  confirm: plain(30),
  deny: plain(30),
  style: z.enum(["primary", "danger"]).optional(),
});
const Button = z.strictObject({
  type: z.literal("button"),
  text: plain(75),
  action_id: actionId,
  url: z.string().max(3000).optional(),
  value: z.string().max(2000).optional(),
  style: z.enum(["primary", "danger"]).optional(),
  confirm: Confirm.optional(),
  accessibility_label: z.string().max(75).optional(),
});
export const Option = z.strictObject({ text: text(75), value: z.string().max(150), description: text(75).optional() });
export type Option = z.infer<typeof Option>;

const choice = {
  action_id: actionId,
  placeholder: plain(150).optional(),
  confirm: Confirm.optional(),
  focus_on_load: z.boolean().optional(),
};
const Select = z.strictObject({
  type: z.literal("static_select"),
  ...choice,
  options: z.array(Option).min(1).max(100),
  initial_option: Option.optional(),
});
const MultiSelect = z.strictObject({
  type: z.literal("multi_static_select"),
  ...choice,
  options: z.array(Option).min(1).max(100),
  initial_options: z.array(Option).optional(),
  max_selected_items: z.number().int().min(1).optional(),
});
const few = z.array(Option).min(1).max(10);
const { placeholder: _, ...boxes } = choice;
const Checkboxes = z.strictObject({
  type: z.literal("checkboxes"),
  ...boxes,
  options: few,
  initial_options: z.array(Option).optional(),
});
const Radio = z.strictObject({
  type: z.literal("radio_buttons"),
  ...boxes,
  options: few,
  initial_option: Option.optional(),
});
const Overflow = z.strictObject({
  type: z.literal("overflow"),
  action_id: actionId,
  options: z
    .array(Option.extend({ url: z.string().max(3000).optional() }))
    .min(1)
    .max(5),
  confirm: Confirm.optional(),
});
const TextInput = z.strictObject({
  type: z.literal("plain_text_input"),
  action_id: actionId,
  placeholder: plain(150).optional(),
  initial_value: z.string().max(3000).optional(),
  multiline: z.boolean().optional(),
  min_length: z.number().int().min(0).max(3000).optional(),
  max_length: z.number().int().min(1).max(3000).optional(),
  focus_on_load: z.boolean().optional(),
});
export const Image = z.strictObject({
  type: z.literal("image"),
  image_url: z.string().max(3000),
  alt_text: z.string().min(1).max(2000),
});

export const ActionElement = z.discriminatedUnion("type", [Button, Select, MultiSelect, Checkboxes, Radio, Overflow]);
export const Accessory = z.discriminatedUnion("type", [...ActionElement.options, Image]);
export const InputElement = z.discriminatedUnion("type", [TextInput, Select, MultiSelect, Checkboxes, Radio]);
