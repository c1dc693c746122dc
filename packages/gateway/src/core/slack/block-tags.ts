/** What the blocks of a message are made of: kinds and ids, no words. The words stand in its text. */
const MAX_TAGS = 50;
const MAX_DEPTH = 12;

const KINDS = new Map([
  ["rich_text", "rich_text"],
  ["rich_text_section", "section"],
  ["rich_text_list", "list"],
  ["rich_text_quote", "quote"],
  ["rich_text_preformatted", "preformatted"],
  ["section", "section"],
  ["context", "context"],
  ["link", "link"],
  ["date", "date"],
  ["file", "file"],
]);
/** Elements that name something, with the field that holds the name. */
const NAMED = new Map([
  ["user", "user_id"],
  ["channel", "channel_id"],
  ["usergroup", "usergroup_id"],
  ["broadcast", "range"],
  ["emoji", "name"],
]);

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

function tagOf(element: Readonly<Record<string, unknown>>): string | undefined {
  const { type } = element;
  if (typeof type !== "string") return undefined;
  const name = element[NAMED.get(type) ?? ""];
  return typeof name === "string" ? `${type}:${name.slice(0, 64)}` : KINDS.get(type);
}

/** The tags of all blocks, each once, in the order they are met. */
export function blockTags(blocks: unknown): string[] {
  const tags = new Set<string>();
  const walk = (value: unknown, depth: number) => {
    if (tags.size >= MAX_TAGS || depth > MAX_DEPTH) return;
    if (Array.isArray(value)) for (const item of value) walk(item, depth + 1);
    else if (isObject(value)) {
      const tag = tagOf(value);
      if (tag !== undefined) tags.add(tag);
      walk(value["elements"], depth + 1);
    }
  };
  walk(blocks, 0);
  return [...tags];
}
