/** Which migrations this database has seen, and from which text. */
export interface SchemaMigrationsTable {
  version: number;
  name: string;
  checksum: string;
  applied_at: number;
  took_ms: number;
}
