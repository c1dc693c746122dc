/** Checks arguments against the schema an upstream published. */
import { AjvJsonSchemaValidator } from "@modelcontextprotocol/sdk/validation/ajv-provider.js";
import type { Arguments } from "@thor/integrations/manifest";

import type { Schema } from "../core/mcp/tool.ts";

export type SchemaCheck = { kind: "valid" } | { kind: "invalid"; why: string } | { kind: "unchecked" };
type Validate = (args: Arguments) => SchemaCheck;

function compile(schema: Schema): Validate {
  try {
    const validate = new AjvJsonSchemaValidator().getValidator({ ...schema });
    return (args) => {
      const checked = validate(args);
      return checked.valid ? { kind: "valid" } : { kind: "invalid", why: checked.errorMessage };
    };
  } catch {
    return () => ({ kind: "unchecked" });
  }
}

/** Compiles each published schema once. */
export function createSchemaCheck() {
  const compiled = new WeakMap<Schema, Validate>();
  return (schema: Schema, args: Arguments): SchemaCheck => {
    const known = compiled.get(schema) ?? compile(schema);
    compiled.set(schema, known);
    return known(args);
  };
}
