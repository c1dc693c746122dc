/** Metabase's REST API: one key for one address, no redirect followed, answers bounded. */
import { readFileSync } from "node:fs";

import { Agent, fetch as send } from "undici";
import { z } from "zod";

import { Card } from "../core/metabase/card.ts";
import type { MetabaseSettings } from "../core/metabase/settings.ts";

const TIMEOUT_MS = 60_000;
const MAX_BYTES = 20 * 1024 * 1024;

const Database = z.looseObject({ id: z.number(), name: z.string(), engine: z.string() });
const Tables = z.array(z.looseObject({ id: z.number(), name: z.string() }));
const Table = z.looseObject({ schema: z.string().nullish(), db_id: z.number() });
const Fields = z.looseObject({
  fields: z.array(z.looseObject({ name: z.string(), base_type: z.string(), description: z.string().nullish() })),
});
const Dataset = z.looseObject({
  status: z.string().optional(),
  error: z.string().nullish(),
  data: z
    .looseObject({ rows: z.array(z.array(z.unknown())), cols: z.array(z.looseObject({ name: z.string() })) })
    .optional(),
});

type Body = Awaited<ReturnType<typeof send>>["body"];

async function readText(body: Body): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    const bytes = z.instanceof(Uint8Array).parse(chunk);
    size += bytes.length;
    if (size > MAX_BYTES) throw new Error("the answer is too large");
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** Binds the client to an extra authority; each set of settings is asked with its own key. */
export function createMetabaseClient(caFile: string | undefined) {
  const dispatcher = new Agent(caFile === undefined ? {} : { connect: { ca: readFileSync(caFile) } });

  return ({ url, apiKey, databaseId }: MetabaseSettings) => {
    const ask = async <T>(
      path: string,
      schema: z.ZodType<T>,
      post?: { body: unknown; signal: AbortSignal },
    ): Promise<T | undefined> => {
      const timeout = AbortSignal.timeout(TIMEOUT_MS);
      const headers = { "x-api-key": apiKey, "content-type": "application/json" };
      const more = post === undefined ? {} : { method: "POST", body: JSON.stringify(post.body) };
      const signal = post === undefined ? timeout : AbortSignal.any([timeout, post.signal]);
      try {
        const response = await send(`${url}/api/${path}`, { headers, redirect: "error", dispatcher, signal, ...more });
        const text = await readText(response.body);
        return response.ok ? schema.safeParse(JSON.parse(text)).data : undefined;
      } catch {
        return undefined;
      }
    };
    const database = () => ask(`database/${databaseId}`, Database);
    return {
      engine: async () => (await database())?.engine,
      database: async () => {
        const found = await database();
        return found && { columns: ["id", "name", "engine"], rows: [[found.id, found.name, found.engine]] };
      },
      schemas: () => ask(`database/${databaseId}/schemas`, z.array(z.string())),
      tables: (schema: string) => ask(`database/${databaseId}/schema/${encodeURIComponent(schema)}`, Tables),
      columns: async (tableId: number) => {
        const found = await ask(`table/${tableId}/query_metadata`, Fields);
        return (
          found && {
            columns: ["column", "type", "description"],
            rows: found.fields.map((field) => [field.name, field.base_type, field.description]),
          }
        );
      },
      table: async (id: number) => {
        const found = await ask(`table/${id}`, Table);
        return found && { schema: found.schema ?? "", databaseId: found.db_id };
      },
      card: (id: number) => ask(`card/${id}`, Card),
      dataset: async (query: unknown, signal: AbortSignal) => {
        const answer = await ask("dataset", Dataset, { body: query, signal });
        if (answer?.data === undefined || answer.status === "failed")
          return { kind: "failed" as const, reason: answer?.error?.slice(0, 500) ?? "metabase did not answer" };
        return {
          kind: "rows" as const,
          sheet: { columns: answer.data.cols.map(({ name }) => name), rows: answer.data.rows },
        };
      },
    };
  };
}
