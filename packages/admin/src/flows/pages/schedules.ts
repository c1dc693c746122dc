/** GET /admin/schedules and /admin/schedules/:line: what the scheduler makes of the crontab, and what became of it. */
import type { Reads } from "@thor/ledger/port";

import { Faults, History, LinePage, Lines, type ScheduleLine } from "../../core/view/schedules.tsx";
import type { Asked, PageSpec } from "./page.ts";

const MAX_FIRINGS = 100;
const MAX_RECENT = 200;

type Row = Awaited<ReturnType<Reads["listSchedule"]>>[number];
type Firing = Awaited<ReturnType<Reads["listScheduleRuns"]>>[number];

/** Why a line cannot be read. */
const faultOf = (row: Row) => ({
  error: row.error ?? undefined,
  column: row.error_column ?? undefined,
  suggestion: row.suggestion ?? undefined,
});
/** What a line asks for, and when. */
const jobOf = (row: Row) => ({
  expression: row.expression ?? undefined,
  words: row.words ?? undefined,
  zone: row.zone ?? undefined,
  prompt: row.prompt ?? undefined,
  directory: row.directory ?? undefined,
  key: row.key ?? undefined,
  nextAt: row.next_at ?? undefined,
});
const firingOf = ({ state, due_at: dueAt, anchor_id: anchorId }: Firing) => ({
  state,
  dueAt,
  anchorId: anchorId ?? undefined,
});

const lineOf = (row: Row, facts: { paused: ReadonlySet<string>; last: Firing | undefined }): ScheduleLine => ({
  hash: row.line_hash,
  no: row.line_no,
  text: row.text,
  valid: row.valid === 1,
  ...jobOf(row),
  ...faultOf(row),
  paused: facts.paused.has(row.line_hash),
  last: facts.last && firingOf(facts.last),
});

async function linesOf(reads: Reads): Promise<ScheduleLine[]> {
  const [rows, paused, firings] = await Promise.all([
    reads.listSchedule(),
    reads.pausedSchedules(),
    reads.listScheduleRuns({ limit: MAX_RECENT }),
  ]);
  const facts = (hash: string) => ({
    paused: new Set(paused),
    last: firings.find(({ line_hash: of }) => of === hash),
  });
  return rows.map((row) => lineOf(row, facts(row.line_hash)));
}

const hashIn = ({ params }: Asked) => params["lineHash"] ?? "";

/** The list. */
export const schedulesPage: PageSpec = {
  path: "/admin/schedules",
  topics: ["status", "settings"],
  title: async () => "Schedules",
  panels: [
    {
      id: "schedule-faults",
      title: "Lines that cannot be read",
      draw: async (reads) => Faults({ lines: (await linesOf(reads)).filter(({ valid }) => !valid) }),
    },
    {
      id: "schedule-lines",
      title: "Lines",
      draw: async (reads, { moment, csrf }) =>
        Lines({ lines: (await linesOf(reads)).filter(({ valid }) => valid), moment, csrf }),
    },
  ],
};

/** One line with its firings. */
export const schedulePage: PageSpec = {
  path: "/admin/schedules/:lineHash",
  topics: ["status", "settings"],
  title: async (reads, asked) => {
    const line = (await linesOf(reads)).find(({ hash }) => hash === hashIn(asked));
    return line && (line.prompt ?? line.text).slice(0, 100);
  },
  panels: [
    {
      id: "schedule-line",
      title: "Line",
      draw: async (reads, asked) => {
        const line = (await linesOf(reads)).find(({ hash }) => hash === hashIn(asked));
        if (line === undefined) throw new Error("the line is gone");
        return LinePage({ line, csrf: asked.csrf });
      },
    },
    {
      id: "schedule-history",
      title: "History",
      draw: async (reads, asked) => {
        const rows = await reads.listScheduleRuns({ lineHash: hashIn(asked), limit: MAX_FIRINGS });
        return History({
          rows: rows.map((row) => ({
            dueAt: row.due_at,
            firedAt: row.fired_at,
            state: row.state,
            reason: row.reason,
            anchorId: row.anchor_id,
            requestedBy: row.requested_by,
          })),
          moment: asked.moment,
        });
      },
    },
  ],
};
