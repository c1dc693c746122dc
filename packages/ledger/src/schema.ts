/** The typed view of the database: every table, and the handles that reads and writes use. */
import type { Kysely, Selectable } from "kysely";

import type { ConversationsTables } from "./tables/conversations.ts";
import type { EvidenceTables } from "./tables/evidence.ts";
import type { SchemaMigrationsTable } from "./tables/schema-migrations.ts";
import type { WorkTables } from "./tables/work.ts";

export interface DB extends ConversationsTables, WorkTables, EvidenceTables {
  schema_migrations: SchemaMigrationsTable;
}
/** A handle for statements: inside a write it is the open transaction, elsewhere a read-only view. */
export type Db = Kysely<DB>;
export type Row<Table extends keyof DB> = Selectable<DB[Table]>;
