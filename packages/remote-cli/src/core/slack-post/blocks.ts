/** Blocks that an agent may post: they show things and lead to https pages; they never act for Thor. */

const MAX_BYTES = 131_072;
const MAX_BLOCKS = 50;
const MAX_DEPTH = 20;
const TYPES = new Set([
  "section",
  "header",
  "divider",
  "context",
  "image",
  "rich_text",
  "markdown",
  "table",
  "actions",
]);
const RESERVED = /^(approval_|thor)/i;
/** Elements that do something when a person uses them; only the button with an address is let through. */
const INTERACTIVE = /(_select|_input|picker|overflow|checkboxes|radio_buttons|button|buttons|broadcast)$/;

export type Blocks = { kind: "blocks"; blocks: readonly unknown[] } | { kind: "refused"; reason: string };

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function elementFault(element: Record<string, unknown>): string | undefined {
  const { type, url, action_id: actionId, block_id: blockId } = element;
  if ("value" in element) return "an element has a value";
  const isReserved = [actionId, blockId].some((id) => typeof id === "string" && RESERVED.test(id));
  if (isReserved) return "action_id and block_id may not begin with approval_ or thor";
  const acts = typeof type === "string" && INTERACTIVE.test(type);
  if (!acts && actionId === undefined) return undefined;
  const isLink = type === "button" && typeof url === "string" && url.startsWith("https://");
  return isLink ? undefined : "the only interactive element is a button with an https url";
}

function treeFault(value: unknown, depth: number): string | undefined {
  if (depth > MAX_DEPTH) return "the blocks are nested too deeply";
  if (Array.isArray(value))
    return value.map((item: unknown) => treeFault(item, depth + 1)).find((fault) => fault !== undefined);
  if (!isRecord(value)) return undefined;
  return elementFault(value) ?? treeFault(Object.values(value), depth + 1);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const refuse = (reason: string): Blocks => ({ kind: "refused", reason });

/** Reads the file of `--blocks-file`. */
export function readBlocks(text: string): Blocks {
  if (new TextEncoder().encode(text).length > MAX_BYTES) return refuse(`the blocks are larger than ${MAX_BYTES} bytes`);
  const blocks = parseJson(text);
  if (!Array.isArray(blocks)) return refuse("the blocks are not a JSON array");
  if (blocks.length === 0 || blocks.length > MAX_BLOCKS) return refuse(`there must be 1 to ${MAX_BLOCKS} blocks`);
  const strange = blocks.find(
    (block: unknown) => !isRecord(block) || typeof block["type"] !== "string" || !TYPES.has(block["type"]),
  );
  if (strange !== undefined) return refuse(`block types are ${[...TYPES].join(", ")}`);
  const fault =
    treeFault(blocks, 0) ?? (/<!(channel|here|everyone)\b/.test(text) ? "the blocks call a whole channel" : undefined);
  return fault === undefined ? { kind: "blocks", blocks } : refuse(fault);
}
