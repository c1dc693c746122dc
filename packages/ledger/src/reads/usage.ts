/** What was used, as the usage page sums it. */
import { sql } from "kysely";

import type { Db } from "../schema.ts";

const DAY_MS = 86_400_000;
const MAX_GROUPS = 5000;

export type UsageGroup = "channel" | "user" | "repo" | "source" | "model";

/** Sums of one day (UTC) and group. */
export interface UsageDay {
  /** The day's first millisecond. */
  day: number;
  group: string;
  runs: number;
  input: number;
  cached: number;
  output: number;
  reasoning: number;
  costMicros: number;
  unpricedTokens: number;
  wallMs: number;
}

/** Reads about use. */
export const createUsageReads = (db: Db) => ({
  /** Sums by day, oldest first, split by one thing or not at all. */
  usageByDay: ({ since, by }: { since: number; by?: UsageGroup | undefined }): Promise<UsageDay[]> => {
    const day = sql<number>`hour - (hour % ${sql.lit(DAY_MS)})`;
    const group = by === undefined ? sql<string>`''` : sql.ref<string>(`usage_hourly.${by}`);
    const sums = db
      .selectFrom("usage_hourly")
      .where("hour", ">=", since)
      .select(({ fn }) => [
        day.as("day"),
        group.as("group"),
        fn.sum<number>("runs").as("runs"),
        fn.sum<number>("input").as("input"),
        fn.sum<number>("cached").as("cached"),
        fn.sum<number>("output").as("output"),
        fn.sum<number>("reasoning").as("reasoning"),
        fn.sum<number>("cost_micros").as("costMicros"),
        fn.sum<number>("unpriced_tokens").as("unpricedTokens"),
        fn.sum<number>("wall_ms").as("wallMs"),
      ]);
    const grouped = by === undefined ? sums.groupBy(day) : sums.groupBy([day, group]);
    return grouped.orderBy("day").limit(MAX_GROUPS).execute();
  },
});
