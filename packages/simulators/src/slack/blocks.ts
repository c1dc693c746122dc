/** Block Kit as strict as Slack: a card that Slack would refuse is refused here, with a pointer to the block. */
import { z } from "zod";

import { Accessory, ActionElement, blockId, Image, InputElement, plain, text } from "./block-elements.ts";
import { SlackError } from "./slack-error.ts";

const MAX_BLOCKS = 50;

const Block = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("section"),
    block_id: blockId,
    text: text(3000).optional(),
    fields: z.array(text(2000)).min(1).max(10).optional(),
    accessory: Accessory.optional(),
    expand: z.boolean().optional(),
  }),
  z.strictObject({ type: z.literal("header"), block_id: blockId, text: plain(150) }),
  z.strictObject({ type: z.literal("divider"), block_id: blockId }),
  z.strictObject({ type: z.literal("markdown"), block_id: blockId, text: z.string().min(1).max(12_000) }),
  z.strictObject({
    type: z.literal("context"),
    block_id: blockId,
    elements: z
      .array(z.union([text(3000), Image]))
      .min(1)
      .max(10),
  }),
  z.strictObject({
    type: z.literal("actions"),
    block_id: blockId,
    elements: z.array(ActionElement).min(1).max(25),
  }),
  z.strictObject({
    type: z.literal("input"),
    block_id: blockId,
    label: plain(2000),
    element: InputElement,
    hint: plain(2000).optional(),
    optional: z.boolean().optional(),
    dispatch_action: z.boolean().optional(),
  }),
  z.strictObject({
    type: z.literal("image"),
    block_id: blockId,
    image_url: z.string().max(3000),
    alt_text: z.string().min(1).max(2000),
    title: plain(2000).optional(),
  }),
  z.strictObject({ type: z.literal("rich_text"), block_id: blockId, elements: z.array(z.looseObject({})).min(1) }),
  z.strictObject({
    type: z.literal("table"),
    block_id: blockId,
    rows: z
      .array(z.array(z.looseObject({})))
      .min(1)
      .max(100),
    column_settings: z.array(z.looseObject({})).optional(),
  }),
]);

const refuse = (messages: string[]) =>
  new SlackError("invalid_blocks", { errors: messages, response_metadata: { messages } });

function checkUnique(ids: readonly string[], what: string): void {
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined) throw refuse([`[ERROR] ${what} must be unique [json-pointer:/blocks]`]);
}

/** The blocks as stored, or Slack's refusal. */
export function checkBlocks(blocks: unknown, max = MAX_BLOCKS): Record<string, unknown>[] {
  if (!Array.isArray(blocks)) throw new SlackError("invalid_blocks_format");
  if (blocks.length > max) throw refuse([`[ERROR] no more than ${max} items allowed [json-pointer:/blocks]`]);
  const parsed = z.array(Block).safeParse(blocks);
  if (!parsed.success)
    throw refuse(
      parsed.error.issues.map(({ message, path }) => `[ERROR] ${message} [json-pointer:/blocks/${path.join("/")}]`),
    );
  checkUnique(
    parsed.data.flatMap(({ block_id }) => block_id ?? []),
    "block_id",
  );
  for (const block of parsed.data) {
    if (block.type === "actions")
      checkUnique(
        block.elements.flatMap(({ action_id }) => action_id ?? []),
        "action_id",
      );
    if (block.type === "section" && block.text === undefined && block.fields === undefined)
      throw refuse(["[ERROR] missing required field: text or fields [json-pointer:/blocks]"]);
  }
  return parsed.data.map((block) => ({ ...block }));
}
