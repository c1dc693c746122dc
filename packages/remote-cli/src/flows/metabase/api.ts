import type { Card } from "../../core/metabase/card.ts";
import type { Sheet } from "../../core/metabase/table.ts";

export type DatasetQuery =
  | { database: number; type: "native"; native: { query: string } }
  | { database: number; type: "query"; query: Readonly<Record<string, unknown>> };

/** Metabase as far as Thor asks it; what it does not know, or does not answer, is undefined. */
export interface MetabaseApi {
  engine: () => Promise<string | undefined>;
  database: () => Promise<Sheet | undefined>;
  schemas: () => Promise<string[] | undefined>;
  tables: (schema: string) => Promise<{ id: number; name: string }[] | undefined>;
  columns: (tableId: number) => Promise<Sheet | undefined>;
  table: (id: number) => Promise<{ schema: string; databaseId: number } | undefined>;
  card: (id: number) => Promise<Card | undefined>;
  dataset: (
    query: DatasetQuery,
    signal: AbortSignal,
  ) => Promise<{ kind: "rows"; sheet: Sheet } | { kind: "failed"; reason: string }>;
}
