import { readFileSync } from "node:fs";

import { expect, it } from "vitest";
import { z } from "zod";

import { workspaceConfigSchemaText } from "./json-schema.ts";

const COPY = new URL("../../thor.schema.json", import.meta.url);

interface Described {
  description?: string;
  properties?: Record<string, Described>;
  items?: Described;
  additionalProperties?: Described | boolean;
  anyOf?: Described[];
}
const Described: z.ZodType<Described> = z.lazy(() =>
  z.object({
    description: z.string().exactOptional(),
    properties: z.record(z.string(), Described).exactOptional(),
    items: Described.exactOptional(),
    additionalProperties: z.union([Described, z.boolean()]).exactOptional(),
    anyOf: z.array(Described).exactOptional(),
  }),
);

function undescribed(node: Described, path: string): string[] {
  const { properties = {}, items, additionalProperties, anyOf = [] } = node;
  const own = Object.entries(properties).flatMap(([name, field]) => [
    ...(field.description === undefined ? [`${path}.${name}`] : []),
    ...undescribed(field, `${path}.${name}`),
  ]);
  const others = [items, typeof additionalProperties === "object" ? additionalProperties : undefined, ...anyOf];
  return [...own, ...others.flatMap((other) => (other === undefined ? [] : undescribed(other, `${path}[]`)))];
}

it("is the checked-in copy; `npx pnpm thor config schema` writes it anew", () => {
  expect(JSON.parse(readFileSync(COPY, "utf8"))).toEqual(JSON.parse(workspaceConfigSchemaText()));
});

it("describes every field and lets an editor mark every unknown key", () => {
  const schema = Described.parse(JSON.parse(workspaceConfigSchemaText()));
  expect(Object.keys(schema.properties ?? {})).toHaveLength(15);
  expect(undescribed(schema, "thor.json")).toEqual([]);
  expect(schema.additionalProperties).toBe(false);
  expect(schema.properties?.["users"]?.items?.additionalProperties).toBe(false);
});
