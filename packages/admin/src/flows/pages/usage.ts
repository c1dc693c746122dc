/** GET /admin/usage: what was used, by day and by group. */
import type { Reads } from "@thor/ledger/port";

import { chartOf, METRICS, rankingOf } from "../../core/usage-chart.ts";
import { Ranking, UsageChart } from "../../core/view/usage.tsx";
import { csvOf } from "./conversations.ts";
import { type Asked, choose, hrefWith, type PageSpec } from "./page.ts";

const DAY_MS = 86_400_000;
const BY = ["day", "channel", "user", "repo", "source", "model"] as const;
const DAYS = ["7", "30", "90"] as const;

function wantedOf(asked: Asked) {
  const by = choose(asked, "by", BY);
  const days = Number(choose(asked, "days", DAYS));
  const { now } = asked.moment;
  const since = now - (now % DAY_MS) - (days - 1) * DAY_MS;
  return { by, since, now, metric: choose(asked, "metric", METRICS) };
}

const rowsOf = (reads: Pick<Reads, "usageByDay">, { by, since }: ReturnType<typeof wantedOf>) =>
  reads.usageByDay({ since, by: by === "day" ? undefined : by });

const tabsOf = (asked: Asked, name: string, words: readonly [string, ...string[]]) => ({
  label: name,
  tabs: words.map((word) => ({
    word: name === "days" ? `${word} days` : word,
    href: hrefWith(asked, { [name]: word }),
    here: choose(asked, name, words) === word,
  })),
});

export const usagePage: PageSpec = {
  path: "/admin/usage",
  topics: [],
  title: async () => "Usage",
  panels: [
    {
      id: "usage-chart",
      title: "Per day",
      draw: async (reads, asked) => {
        const wanted = wantedOf(asked);
        const chart = chartOf(await rowsOf(reads, wanted), wanted);
        const tabs = [tabsOf(asked, "by", BY), tabsOf(asked, "days", DAYS), tabsOf(asked, "metric", METRICS)];
        return UsageChart({ chart, tabs, csv: hrefWith({ ...asked, path: "/admin/usage.csv" }, {}) });
      },
    },
    {
      id: "ranking",
      title: "Ranking",
      draw: async (reads, asked) => {
        const wanted = wantedOf(asked);
        return Ranking({ rows: rankingOf(await rowsOf(reads, wanted)), by: wanted.by });
      },
    },
  ],
};

const HEAD = [
  "day",
  "group",
  "runs",
  "input",
  "cached",
  "output",
  "reasoning",
  "cost_usd",
  "unpriced_tokens",
  "wall_ms",
];

/** The same numbers as a table for a spreadsheet. */
export async function usageCsv(reads: Pick<Reads, "usageByDay">, asked: Asked): Promise<string> {
  const rows = await rowsOf(reads, wantedOf(asked));
  const lines = rows.map((row) => [
    new Date(row.day).toISOString().slice(0, 10),
    row.group,
    row.runs,
    row.input,
    row.cached,
    row.output,
    row.reasoning,
    row.costMicros / 1_000_000,
    row.unpricedTokens,
    row.wallMs,
  ]);
  return csvOf([HEAD, ...lines]);
}
