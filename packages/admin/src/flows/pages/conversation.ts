/** GET /admin/conversations/:anchorId: everything about one conversation. */
import type { Ledger, Reads } from "@thor/ledger/port";
import { titleOf } from "@thor/views/names";
import { redactJson } from "@thor/views/redact";
import { elapsedMs, isOpen, runState } from "@thor/views/run-state";

import { cardQuestion } from "../../core/card-question.ts";
import { ApprovalTable } from "../../core/view/approvals.tsx";
import { NameTable, Questions, Sessions } from "../../core/view/conversation-names.tsx";
import { Head, Instruct, type RunLine, Runs } from "../../core/view/conversation.tsx";
import { EventTable, PromiseTable } from "../../core/view/queue.tsx";
import { approvalLine } from "./approvals.ts";
import { type Asked, type PageSpec } from "./page.ts";

const MAX_RUNS = 25;
const MAX_ROWS = 25;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** The conversation that an address names; ids that cannot be one are not looked up. */
const anchorIdOf = ({ params }: Pick<Asked, "params">) => {
  const id = params["anchorId"] ?? "";
  return UUID.test(id) ? id : undefined;
};

type Run = Awaited<ReturnType<Reads["triggersOf"]>>[number];

const tokensOf = (run: Run) => run.tokensInput + run.tokensOutput + run.tokensReasoning + run.tokensCacheWrite;

const lineOf = (run: Run, no: number, at: { now: number; asks: boolean }): RunLine => ({
  id: run.id,
  no,
  state: runState(run, at),
  by: run.requesters.map(({ id }) => id).join(", ") || "nobody",
  cause: run.cause,
  startedAt: run.startedAt,
  elapsedMs: elapsedMs(run, at.now),
  tools: run.tools,
  errors: run.errors,
  tokens: tokensOf(run),
  costMicros: run.costMicros,
  unpricedTokens: run.unpricedTokens,
});

async function headOf(reads: Reads, asked: Asked, anchorId: string) {
  const { moment, hosts, csrf } = asked;
  const anchor = await reads.anchorById({ anchorId });
  if (anchor === undefined) return undefined;
  const [[newest], usage, session, cards, asking] = await Promise.all([
    reads.triggersOf({ anchorId, limit: 1 }),
    reads.conversationUsage({ anchorId }),
    reads.currentSession({ anchorId }),
    reads.openCards({ anchorId }),
    reads.askingAnchors(),
  ]);
  const state = newest && runState(newest, { now: moment.now, asks: asking.has(anchorId) });
  const budget = cards.find(({ kind }) => kind === "budget");
  return {
    anchor,
    usage,
    state,
    openRun: newest !== undefined && isOpen(newest) ? newest.id : undefined,
    lastEnded:
      newest === undefined || isOpen(newest) || state === undefined ? undefined : { id: newest.id, word: state.word },
    session: session?.id,
    budgetCard: budget && { id: budget.id, version: budget.version },
    moment,
    hosts,
    csrf,
  };
}

async function questionsOf(reads: Reads, anchorId: string) {
  const cards = await reads.openCards({ anchorId });
  return cards.flatMap((card) => {
    const asked = cardQuestion(card);
    return asked === undefined ? [] : [{ id: card.id, version: card.version, createdAt: card.createdAt, ...asked }];
  });
}

/** Parts that are about one conversation get its id. */
const about =
  (draw: (reads: Reads, asked: Asked, anchorId: string) => Promise<JSX.Element>) =>
  async (reads: Reads, asked: Asked): Promise<JSX.Element> =>
    draw(reads, asked, anchorIdOf(asked) ?? "");

const WORK_PANELS: PageSpec["panels"] = [
  {
    id: "runs",
    title: "Runs",
    draw: about(async (reads, { moment }, anchorId) => {
      const [runs, asking] = await Promise.all([
        reads.triggersOf({ anchorId, limit: MAX_RUNS }),
        reads.askingAnchors(),
      ]);
      const at = { now: moment.now, asks: asking.has(anchorId) };
      return Runs({ anchorId, rows: runs.map((run, index) => lineOf(run, runs.length - index, at)), moment });
    }),
  },
  {
    id: "requests",
    title: "Requests",
    draw: about(async (reads, { moment, csrf }, anchorId) => {
      const states = ["ready", "claimed", "dead"] as const;
      const pages = await Promise.all(states.map((state) => reads.listEvents({ anchorId, state, limit: MAX_ROWS })));
      const rows = pages.flatMap((page) => page.rows);
      return EventTable({
        id: "requests",
        title: "Requests",
        rows,
        moment,
        csrf,
        tab: "waiting",
        empty: "Nothing waits in this conversation.",
      });
    }),
  },
  {
    id: "promises",
    title: "Promises",
    draw: about(async (reads, { moment, csrf }, anchorId) => {
      const { rows } = await reads.listPromises({ anchorId, open: true, limit: MAX_ROWS });
      return PromiseTable({ rows, moment, csrf, empty: "Everything that was promised here is done." });
    }),
  },
  {
    id: "approvals",
    title: "Approvals",
    draw: about(async (reads, { moment }, anchorId) => {
      const { rows } = await reads.listApprovals({ anchorId, limit: MAX_ROWS });
      return ApprovalTable({
        id: "approvals",
        title: "Approvals",
        rows: rows.map(approvalLine),
        moment,
        empty: "No decision was asked for here.",
      });
    }),
  },
];

/** The page. */
export const conversationPage: PageSpec = {
  path: "/admin/conversations/:anchorId",
  topics: ["events", "outbox", "triggers", "anchors", "approvals", "cards"],
  paceMs: 300,
  title: async (reads, asked) => {
    const anchorId = anchorIdOf(asked);
    const anchor = anchorId === undefined ? undefined : await reads.anchorById({ anchorId });
    return anchor && titleOf(anchor);
  },
  panels: [
    {
      id: "head",
      title: "Conversation",
      draw: about(async (reads, asked, anchorId) => {
        const head = await headOf(reads, asked, anchorId);
        if (head === undefined) throw new Error("the conversation is gone");
        return Head({ head });
      }),
    },
    {
      id: "questions",
      title: "Questions",
      draw: about(async (reads, { csrf, moment }, anchorId) =>
        Questions({ questions: await questionsOf(reads, anchorId), anchorId, csrf, moment }),
      ),
    },
    {
      id: "instruct",
      title: "Send an instruction",
      draw: about(async (reads, { csrf }, anchorId) => {
        const anchor = await reads.anchorById({ anchorId });
        const barred =
          anchor?.directory === undefined ? "Possible once a run has opened a working directory." : undefined;
        return Instruct({ anchorId, csrf, barred });
      }),
    },
    ...WORK_PANELS,
    {
      id: "names",
      title: "Names",
      draw: about(async (reads, { moment, hosts, csrf }, anchorId) =>
        NameTable({ anchorId, names: await reads.aliasesOf({ anchorId }), moment, hosts, csrf }),
      ),
    },
    {
      id: "sessions",
      title: "Sessions",
      draw: about(async (reads, { moment }, anchorId) =>
        Sessions({ sessions: await reads.sessionsOf({ anchorId }), moment }),
      ),
    },
  ],
};

const MAX_EXPORT_RUNS = 200;

/** Everything that is known of a conversation, without what looks like a credential. */
export async function conversationExport(
  ledger: Pick<
    Ledger,
    "anchorById" | "aliasesOf" | "sessionsOf" | "triggersOf" | "stepMarks" | "stepsById" | "listApprovals" | "auditPage"
  >,
  anchorId: string,
): Promise<unknown> {
  const anchor = await ledger.anchorById({ anchorId });
  if (anchor === undefined) return undefined;
  const runs = await ledger.triggersOf({ anchorId, limit: MAX_EXPORT_RUNS });
  const withSteps = [];
  for (const { prompt: _prompt, ...run } of runs) {
    const marks = await ledger.stepMarks({ triggerId: run.id });
    const steps = await ledger.stepsById({ triggerId: run.id, partIds: marks.map(({ partId }) => partId) });
    withSteps.push({ ...run, steps });
  }
  return redactJson({
    anchor,
    names: await ledger.aliasesOf({ anchorId }),
    sessions: await ledger.sessionsOf({ anchorId }),
    runs: withSteps,
    approvals: (await ledger.listApprovals({ anchorId, limit: MAX_EXPORT_RUNS })).rows,
    audit: (await ledger.auditPage({ anchorId, limit: MAX_EXPORT_RUNS })).rows,
  });
}
