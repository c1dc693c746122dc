/** GET /admin/queue and /admin/queue/:id: what waits, what died, what Thor still owes, and one request in detail. */
import type { Reads } from "@thor/ledger/port";

import { EventPage } from "../../core/view/event.tsx";
import { IgnoredTable } from "../../core/view/ignored.tsx";
import { EventTable, PromiseTable, QUEUE_TABS, QueueHead, type QueueTab } from "../../core/view/queue.tsx";
import { type Asked, choose, hrefWith, type PageSpec, pagesOf } from "./page.ts";

const PAGE_ROWS = 50;
const LATE_MS = 60_000;

const TAB_WORDS = {
  waiting: "Waiting",
  running: "Running",
  retrying: "Retrying",
  dead: "Dead letters",
  dropped: "Dropped",
  ignored: "Ignored",
  promises: "Promises",
} as const satisfies Record<QueueTab, string>;
const EMPTY = {
  waiting: "Nothing is waiting. Mention @thor in Slack to see a request pass by.",
  running: "No request is being handed over right now.",
  retrying: "Nothing is being tried again.",
  dead: "No dead letter. What cannot be handed over after many tries waits here for a person.",
  dropped: "Nothing was dropped. What Thor refuses on purpose is listed here for 30 days, by its ids only.",
  ignored: "Nothing was ignored. What Slack or GitHub sends and Thor need not answer is listed here, by its ids only.",
  promises: "Nothing is owed. Messages on their way out are listed here until they are confirmed.",
} as const satisfies Record<QueueTab, string>;

const WAITING = ["idle", "waiting", "held", "stopped"] as const;
const DROPPED = ["dropped", "cancelled", "discarded"] as const;

/** One page of requests of a tab. */
async function eventsOf(reads: Reads, tab: QueueTab, after: string | undefined) {
  const page = { limit: PAGE_ROWS, after };
  switch (tab) {
    case "waiting":
      return reads.listEvents({ ...page, state: "ready", laneStatus: WAITING });
    case "running":
      return mergedPages(
        await Promise.all([
          reads.listEvents({ ...page, state: "claimed" }),
          reads.listEvents({ ...page, state: "ready", laneStatus: ["busy"] }),
        ]),
      );
    case "retrying":
      return reads.listEvents({ ...page, state: "ready", laneStatus: ["backoff"] });
    case "dead":
      return reads.listEvents({ ...page, state: "dead" });
    case "dropped":
      return mergedPages(await Promise.all(DROPPED.map((state) => reads.listEvents({ ...page, state }))));
    case "ignored":
    case "promises":
      return { rows: [] };
  }
}
type EventsPage = Awaited<ReturnType<Reads["listEvents"]>>;

/** Several lists as one, newest first; a row that does not fit comes with the next page. */
function mergedPages(pages: readonly EventsPage[]): EventsPage {
  const rows = pages.flatMap((page) => page.rows).toSorted((a, b) => (a.id < b.id ? 1 : -1));
  const shown = rows.slice(0, PAGE_ROWS);
  const isMore = rows.length > PAGE_ROWS || pages.some(({ next }) => next !== undefined);
  const last = shown.at(-1);
  return isMore && last !== undefined ? { rows: shown, next: last.id } : { rows: shown };
}

async function headOf(reads: Reads, asked: Asked) {
  const tab = choose(asked, "tab", QUEUE_TABS);
  const [stats, overdue] = await Promise.all([
    reads.queueStats(),
    reads.overdueLanes({ before: asked.moment.now - LATE_MS }),
  ]);
  const counts: Partial<Record<QueueTab, number>> = {
    dead: stats.dead,
    promises: stats.outbox.pending + stats.outbox.failed,
  };
  const tabs = QUEUE_TABS.map((name) => ({
    href: hrefWith(asked, { tab: name, after: undefined }),
    word: TAB_WORDS[name],
    here: name === tab,
    count: counts[name],
  }));
  const numbers = {
    backlog: stats.pending,
    running: stats.claimed,
    dead: stats.dead,
    promises: stats.outbox.pending,
    oldestAt: stats.oldestPendingReceivedAt,
    overdue,
  };
  return { numbers, tabs, moment: asked.moment };
}

/** The list. */
export const queuePage: PageSpec = {
  path: "/admin/queue",
  topics: ["events", "outbox", "triggers", "settings"],
  paceMs: 300,
  title: async () => "Queue",
  panels: [
    {
      id: "queue-head",
      title: "How the queue stands",
      draw: async (reads, asked) => QueueHead(await headOf(reads, asked)),
    },
    {
      id: "queue",
      title: "Requests",
      draw: async (reads, asked) => {
        const tab = choose(asked, "tab", QUEUE_TABS);
        const { moment, csrf } = asked;
        const after = asked.query["after"];
        if (tab === "promises") {
          const page = await reads.listPromises({ open: true, limit: PAGE_ROWS, after });
          return PromiseTable({
            id: "queue",
            rows: page.rows,
            moment,
            csrf,
            empty: EMPTY.promises,
            pages: pagesOf(asked, page.next),
          });
        }
        if (tab === "ignored") {
          const { rows, next } = await reads.listIgnored({ limit: PAGE_ROWS, after });
          const title = TAB_WORDS.ignored;
          return IgnoredTable({ id: "queue", title, rows, moment, empty: EMPTY.ignored, pages: pagesOf(asked, next) });
        }
        const page = await eventsOf(reads, tab, after);
        const common = { id: "queue", title: TAB_WORDS[tab], moment, csrf, tab, empty: EMPTY[tab] };
        return EventTable({ ...common, rows: page.rows, pages: pagesOf(asked, page.next) });
      },
    },
  ],
};

/** One request. */
export const eventPage: PageSpec = {
  path: "/admin/queue/:eventId",
  topics: ["events"],
  title: async (reads, { params }) => (await reads.getEvent({ eventId: params["eventId"] ?? "" }))?.kind,
  panels: [
    {
      id: "event",
      title: "Request",
      draw: async (reads, { params, moment, csrf }) => {
        const found = await reads.getEvent({ eventId: params["eventId"] ?? "" });
        if (found === undefined) throw new Error("the request is gone");
        const { payload, ...event } = found;
        // What was refused on purpose is shown by its ids only, whatever is still stored.
        const isShown = payload !== undefined && event.state !== "dropped";
        return EventPage({
          event: { ...event, payload: isShown ? JSON.stringify(payload, null, 2) : undefined },
          moment,
          csrf,
        });
      },
    },
  ],
};
