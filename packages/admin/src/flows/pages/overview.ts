/** GET /admin: loads what wants a person, what runs, what today was like and who is alive. */
import type { Reads } from "@thor/ledger/port";
import { titleOf } from "@thor/views/names";
import { elapsedMs, runState } from "@thor/views/run-state";
import { ToolStep } from "@thor/views/run/sheet";

import { type Attention, attentionOf, type Signs, withoutSnoozed } from "../../core/attention.ts";
import { checksIn } from "../../core/stored-facts.ts";
import { VERIFIED_KEY, verifiedIn } from "../../core/verified.ts";
import { type Day, HealthStrip, NeedsAttention, Now, Today } from "../../core/view/overview.tsx";
import type { Asked, PageSpec } from "./page.ts";

const DAY_MS = 86_400_000;
const MAX_CARDS = 24;
const MAX_CALLS = 50;
const PACE_MS = 1000;

async function openRuns(reads: Reads, now: number) {
  const runs = await reads.openTriggers();
  const [anchors, asking] = await Promise.all([
    reads.anchorsById({ ids: runs.map(({ anchorId }) => anchorId) }),
    reads.askingAnchors(),
  ]);
  return runs.map((run) => {
    const anchor = anchors.get(run.anchorId);
    const title = anchor === undefined ? run.source : titleOf(anchor);
    return { run, title, state: runState(run, { now, asks: asking.has(run.anchorId) }) };
  });
}

async function checksOf(reads: Reads): Promise<number> {
  const last = await reads.lastDoctor();
  return last === undefined ? 0 : checksIn(last.checks).filter(({ result }) => result === "failing").length;
}

/** Where the audit chain was found broken. */
async function brokenAt(reads: Reads): Promise<number | undefined> {
  const last = verifiedIn(await reads.getSetting({ key: VERIFIED_KEY }));
  return last?.kind === "broken" ? (last.seq ?? 0) : undefined;
}

async function queueSigns(reads: Reads, now: number) {
  const [queue, counts, paused, lines] = await Promise.all([
    reads.queueStats(),
    reads.attentionCounts({ since: now - DAY_MS }),
    reads.dispatchPaused(),
    reads.listSchedule(),
  ]);
  return {
    paused,
    dead: queue.dead,
    oldestReadyAt: queue.oldestPendingReceivedAt,
    failedPromises: queue.outbox.failed,
    blockedHosts: counts.blocked,
    invalidLines: lines.filter(({ valid }) => valid === 0).length,
  };
}

/** Everything that may want a person. */
async function signsOf(reads: Reads, now: number, configFaults: number): Promise<Signs> {
  const runs = await openRuns(reads, now);
  const of = (word: string) =>
    runs
      .filter(({ state }) => state.word === word)
      .map(({ run, title }) => ({
        id: run.id,
        anchorId: run.anchorId,
        title,
        since: run.lastEventAt ?? run.startedAt,
      }));
  const [approvals, cards] = await Promise.all([
    reads.listApprovals({ state: "pending", limit: MAX_CALLS }),
    reads.openCards({}),
  ]);
  return {
    now,
    ...(await queueSigns(reads, now)),
    services: await reads.listServices({ now }),
    quietRuns: of("Quiet"),
    parkedRuns: of("Parked"),
    approvals: approvals.rows.map(({ id, tool, createdAt, expiresAt }) => ({ id, title: tool, createdAt, expiresAt })),
    questions: cards.filter(({ kind }) => kind === "question"),
    integrations: await reads.listIntegrations(),
    configFaults,
    failingChecks: await checksOf(reads),
    brokenAt: await brokenAt(reads),
  };
}

/** Calls for attention that nobody has hidden. */
async function callsOf(reads: Reads, now: number, configFaults: number): Promise<Attention[]> {
  const signs = await signsOf(reads, now, configFaults);
  const snoozes = await reads.snoozesAfter({ now });
  const hidden = snoozes.map(({ key }) => {
    const at = key.lastIndexOf("#");
    return [key.slice(0, at), Number(key.slice(at + 1))] as const;
  });
  return withoutSnoozed(attentionOf(signs), new Map(hidden));
}

async function cardsOf(reads: Reads, now: number) {
  const runs = (await openRuns(reads, now)).slice(0, MAX_CARDS);
  return Promise.all(
    runs.map(async ({ run, title, state }) => {
      const step = await reads.latestTool({ triggerId: run.id });
      const tool = step && ToolStep.safeParse(step.state).data;
      const { id, anchorId, costMicros } = run;
      const said = tool && [tool.tool, tool.title].filter(Boolean).join(": ");
      return { id, anchorId, title, state, costMicros, elapsedMs: elapsedMs(run, now), tool: said };
    }),
  );
}

const NO_DAY: Day = { runs: 0, tokens: 0, costMicros: 0, unpricedTokens: 0 };

async function daysOf(reads: Reads, now: number): Promise<{ today: Day; usual: Day }> {
  const start = now - (now % DAY_MS);
  const days = await reads.usageByDay({ since: start - 7 * DAY_MS });
  const dayOf = (at: number): Day => {
    const found = days.find(({ day }) => day === at);
    if (found === undefined) return NO_DAY;
    const { runs, costMicros, unpricedTokens } = found;
    return { runs, costMicros, unpricedTokens, tokens: found.input + found.cached + found.output + found.reasoning };
  };
  const before = Array.from({ length: 7 }, (_, back) => dayOf(start - (back + 1) * DAY_MS));
  const mean = (of: (day: Day) => number) => before.reduce((sum, day) => sum + of(day), 0) / before.length;
  return {
    today: dayOf(start),
    usual: {
      runs: mean(({ runs }) => runs),
      tokens: mean(({ tokens }) => tokens),
      costMicros: mean(({ costMicros }) => costMicros),
      unpricedTokens: 0,
    },
  };
}

async function healthOf(reads: Reads, now: number) {
  const services = await reads.listServices({ now });
  const names = [...new Set(services.map(({ service }) => service))];
  const newest = names.map((name) => {
    const seen = services.filter(({ service }) => service === name);
    return { name, live: seen.some(({ live }) => live), seenAt: Math.max(...seen.map(({ seenAt }) => seenAt)) };
  });
  const links = await reads.listIntegrations();
  return { services: newest, integrations: links.map(({ integration, state }) => ({ name: integration, state })) };
}

export interface OverviewDeps {
  /** How many faults thor.json has on disk right now. */
  configFaults: () => Promise<number>;
}

/** The page. */
export const createOverview = ({ configFaults }: OverviewDeps): PageSpec => ({
  path: "/admin",
  topics: ["events", "outbox", "triggers", "approvals", "cards", "settings", "status"],
  paceMs: PACE_MS,
  title: async () => "Overview",
  panels: [
    {
      id: "attention",
      title: "Needs attention",
      draw: async (reads, { moment, csrf }) =>
        NeedsAttention({ calls: await callsOf(reads, moment.now, await configFaults()), csrf, moment }),
    },
    {
      id: "now",
      title: "Now",
      draw: async (reads, { moment, csrf }: Asked) => Now({ runs: await cardsOf(reads, moment.now), csrf }),
    },
    { id: "today", title: "Today", draw: async (reads, { moment }) => Today(await daysOf(reads, moment.now)) },
    {
      id: "health",
      title: "Health",
      draw: async (reads, { moment }) => HealthStrip(await healthOf(reads, moment.now)),
    },
  ],
});
