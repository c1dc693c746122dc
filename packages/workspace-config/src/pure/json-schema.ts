/** thor.json as JSON Schema, for editors and for suggestions. */
import { z } from "zod";

import type { Path } from "./json-text.ts";
import { WorkspaceConfig } from "./schema/root.ts";

/** What is read of a schema to find the keys of an object. */
interface SchemaNode {
  properties?: Readonly<Record<string, SchemaNode>>;
  additionalProperties?: SchemaNode | boolean;
  items?: SchemaNode;
  anyOf?: SchemaNode[];
}
const SchemaNode: z.ZodType<SchemaNode> = z.lazy(() =>
  z.object({
    properties: z.record(z.string(), SchemaNode).exactOptional(),
    additionalProperties: z.union([SchemaNode, z.boolean()]).exactOptional(),
    items: SchemaNode.exactOptional(),
    anyOf: z.array(SchemaNode).exactOptional(),
  }),
);

/** The JSON Schema (draft-07) of thor.json. */
const workspaceConfigSchema = () => ({
  title: "thor.json",
  ...z.toJSONSchema(WorkspaceConfig, { target: "draft-7", io: "input" }),
});

/** The schema as it is written to a file. */
export const workspaceConfigSchemaText = () => `${JSON.stringify(workspaceConfigSchema(), null, 2)}\n`;

function stepInto(node: SchemaNode, key: string | number): SchemaNode[] {
  const { properties, additionalProperties, items } = node;
  if (typeof key === "number") return items === undefined ? [] : [items];
  const named = properties?.[key];
  if (named !== undefined) return [named];
  return typeof additionalProperties === "object" ? [additionalProperties] : [];
}

const branches = (node: SchemaNode): SchemaNode[] => [node, ...(node.anyOf ?? [])];

/** Answers which keys the object at a path may have. */
export function createKeysAt(): (path: Path) => readonly string[] {
  const root = SchemaNode.parse(workspaceConfigSchema());
  return (path) => {
    const start = branches(root);
    const ends = path.reduce((nodes, key) => nodes.flatMap((node) => stepInto(node, key)).flatMap(branches), start);
    return ends.flatMap(({ properties }) => Object.keys(properties ?? {}));
  };
}
