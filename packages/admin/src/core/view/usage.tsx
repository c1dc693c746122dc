/** What was used: bars per day with a table that says the same, and who used most. */
import { formatCost, formatCount, formatDuration, formatUsd } from "@thor/views/format";
import { Empty, Panel, Table } from "@thor/views/ui/parts";
import { Plain, Text, Words } from "@thor/views/ui/text";

import type { Chart, Metric, UsageDay } from "../usage-chart.ts";
import { Tabs, type TabsProps } from "./act.tsx";

const WIDTH = 720;
const HEIGHT = 220;
const LEFT = 56;
const BOTTOM = 24;

const formatMetric = (metric: Metric, value: number): string => {
  switch (metric) {
    case "cost":
      return formatUsd(value);
    case "tokens":
    case "runs":
      return formatCount(value);
    case "time":
      return formatDuration(value);
  }
};

const Bars = ({ chart }: { chart: Chart }) => {
  const plot = HEIGHT - BOTTOM;
  const step = (WIDTH - LEFT) / Math.max(1, chart.days.length);
  const height = (value: number) => (chart.max === 0 ? 0 : (value / chart.max) * (plot - 12));
  return (
    <g>
      {chart.days.map(({ day, parts }, at) => {
        let base = plot;
        return (
          <g>
            {parts.map(({ series, value }) => {
              base -= height(value);
              return (
                <rect
                  class={`c${series}`}
                  x={(LEFT + at * step + step * 0.12).toFixed(1)}
                  y={base.toFixed(1)}
                  width={(step * 0.76).toFixed(1)}
                  height={height(value).toFixed(1)}
                />
              );
            })}
            {at % Math.ceil(chart.days.length / 10) === 0 ? (
              <text x={(LEFT + at * step).toFixed(1)} y={String(HEIGHT - 6)}>
                <Words value={day.slice(5)} />
              </text>
            ) : undefined}
          </g>
        );
      })}
    </g>
  );
};

const Drawing = ({ chart }: { chart: Chart }) => (
  <svg class="chart" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-labelledby="chart-title chart-desc">
    <title id="chart-title">
      <Plain value={`${chart.metric} per day`} />
    </title>
    <desc id="chart-desc">Stacked bars, one for each day; the table below has the same numbers.</desc>
    <line class="axis" x1={String(LEFT)} x2={String(WIDTH)} y1={String(HEIGHT - BOTTOM)} y2={String(HEIGHT - BOTTOM)} />
    <text x="0" y="14">
      <Words value={formatMetric(chart.metric, chart.max)} />
    </text>
    <Bars chart={chart} />
  </svg>
);

const Legend = ({ chart }: { chart: Chart }) => (
  <ul class="legend">
    {chart.series.map((name, at) => (
      <li>
        <svg viewBox="0 0 10 10" aria-hidden="true">
          <rect class={`c${at}`} width="10" height="10" />
        </svg>{" "}
        <Text value={name === "" ? "none" : name} />
      </li>
    ))}
  </ul>
);

const Twin = ({ chart }: { chart: Chart }) => (
  <details id="twin">
    <summary>Show as table</summary>
    <Table
      caption={`${chart.metric} per day`}
      rows={chart.days}
      id={({ day }) => `day-${day}`}
      columns={[
        { head: "Day", cell: ({ day }) => <Words value={day} /> },
        ...chart.series.map((name, at) => ({
          head: name === "" ? "none" : name,
          class: "number",
          cell: ({ parts }: Chart["days"][number]) => (
            <Words value={formatMetric(chart.metric, parts.find(({ series }) => series === at)?.value ?? 0)} />
          ),
        })),
        { head: "Total", class: "number", cell: ({ total }) => <Words value={formatMetric(chart.metric, total)} /> },
      ]}
    />
  </details>
);

/** The chart with its twin. */
export const UsageChart = ({ chart, tabs, csv }: { chart: Chart; tabs: readonly TabsProps[]; csv: string }) => (
  <Panel id="usage-chart" title="Per day">
    <div class="choices">
      {tabs.map(({ tabs: choices, label }) => (
        <Tabs tabs={choices} label={label} />
      ))}
    </div>
    <Drawing chart={chart} />
    {chart.max === 0 ? <Empty value="Nothing was used in this period." /> : <Legend chart={chart} />}
    <Twin chart={chart} />
    <p>
      <a href={csv}>Download as CSV</a>
    </p>
  </Panel>
);

export type Ranked = Omit<UsageDay, "day">;

/** Who or what used most. */
export const Ranking = ({ rows, by }: { rows: readonly Ranked[]; by: string }) => (
  <Panel id="ranking" title={by === "day" ? "In sum" : `By ${by}`}>
    {rows.length === 0 ? (
      <Empty value="Nothing was used in this period." />
    ) : (
      <Table
        caption="Most cost first"
        rows={rows}
        id={({ group }) => `rank-${group.replaceAll(/[^A-Za-z0-9]/g, "_")}`}
        columns={[
          {
            head: by === "day" ? "All" : by,
            cell: ({ group }) => <Text value={group === "" ? (by === "day" ? "everything" : "none") : group} />,
          },
          { head: "Runs", cell: ({ runs }) => <Words value={runs} />, class: "number" },
          { head: "Input", cell: ({ input }) => <Words value={formatCount(input)} />, class: "number" },
          { head: "Cached", cell: ({ cached }) => <Words value={formatCount(cached)} />, class: "number" },
          { head: "Output", cell: ({ output }) => <Words value={formatCount(output)} />, class: "number" },
          { head: "Reasoning", cell: ({ reasoning }) => <Words value={formatCount(reasoning)} />, class: "number" },
          { head: "Time", cell: ({ wallMs }) => <Words value={formatDuration(wallMs)} />, class: "number" },
          { head: "Cost", cell: (row) => <Words value={formatCost(row)} />, class: "number" },
          {
            head: "Per run",
            cell: ({ costMicros, runs }) => <Words value={runs === 0 ? "–" : formatUsd(costMicros / runs)} />,
            class: "number",
          },
        ]}
      />
    )}
  </Panel>
);
