/** The databases that the operator lists, by alias. */
import { z } from "zod";

const Database = z.strictObject({
  host: z.string().min(1),
  port: z.number().int().min(1).max(65_535).default(5432),
  database: z.string().min(1),
  username: z.string().min(1),
  password: z.string(),
  sslmode: z.enum(["disable", "allow", "prefer", "require", "verify-ca", "verify-full"]).default("require"),
});
export type Database = z.infer<typeof Database>;
const Databases = z.record(z.string().regex(/^[A-Za-z0-9_-]+$/), Database);

export type Found =
  | { kind: "database"; database: Database }
  | { kind: "unknown"; aliases: string[] }
  | { kind: "malformed"; field: string };

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Reads a variable and finds an alias in it; what is wrong is named, never shown. */
export function findDatabase(variable: string, alias: string): Found {
  const parsed = Databases.safeParse(parseJson(variable));
  if (!parsed.success) return { kind: "malformed", field: parsed.error.issues[0]?.path.join(".") || "the whole" };
  const database = Object.hasOwn(parsed.data, alias) ? parsed.data[alias] : undefined;
  return database === undefined
    ? { kind: "unknown", aliases: Object.keys(parsed.data).toSorted() }
    : { kind: "database", database };
}
