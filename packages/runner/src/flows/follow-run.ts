/** Follows a run for a caller who stays on the line; that caller's leaving changes nothing. */
import type { Ledger, Run } from "@thor/ledger/port";

import { isToolPart, type StoredMessage } from "../core/opencode/project.ts";
import { spokenIn, turnOf } from "../core/turn/verdict.ts";
import type { Turn } from "./turn.ts";
import type { Turns } from "./turns.ts";

const LOOK_MS = 250;
const CONFIRM_LOOK_MS = 25;
const PROGRESS_MS = 1000;
const HEARTBEAT_MS = 15_000;

export interface FollowRunDeps extends Pick<Ledger, "triggerById"> {
  now: () => number;
  pause: (ms: number) => Promise<void>;
  turns: Turns<Turn>;
  /** How long the prompt may take to arrive before the caller is answered all the same. */
  confirmMs: number;
  messagesFrom: (
    sessionId: string,
    promptMessageId: string,
  ) => Promise<{ kind: string; body?: readonly StoredMessage[] | undefined }>;
}

interface Followed {
  triggerId: string;
  sessionId: string;
  resumed: boolean;
}

type Progress = { type: "progress"; state: string; tools: number; elapsedMs: number; costMicros: number };
interface Done {
  type: "done";
  sessionId: string;
  correlationKey?: string | undefined;
  resumed: boolean;
  status: "completed" | "error";
  error?: string | undefined;
  response: string;
  toolCalls: { tool: string; state: string }[];
  durationMs: number;
}
export type RunLine = Progress | { type: "heartbeat" } | Done;

type Confirmed = { kind: "confirmed" } | { kind: "not_sent"; detail: string };

/** What the agent itself has said and called; the prompt is not in it. */
function createSaid({ messagesFrom }: FollowRunDeps) {
  return async (run: Run, sessionId: string): Promise<Pick<Done, "response" | "toolCalls">> => {
    const stored = await messagesFrom(run.sessionId ?? sessionId, run.promptMessageId);
    const turn = turnOf(stored.body ?? [], run.id);
    const parts = turn.flatMap((message) => message.parts);
    return {
      response: spokenIn(turn).join("\n\n"),
      toolCalls: parts.filter(isToolPart).map(({ tool, state }) => ({ tool, state: state.status })),
    };
  };
}

export function createFollowRun(deps: FollowRunDeps) {
  const said = createSaid(deps);

  const doneLine = async (run: Run, { sessionId, resumed }: Followed): Promise<Done> => ({
    type: "done",
    sessionId: run.sessionId ?? sessionId,
    correlationKey: run.correlationKey,
    resumed,
    status: run.status === "completed" ? "completed" : "error",
    ...(run.status === "completed" ? {} : { error: run.error ?? run.reason ?? run.status }),
    ...(await said(run, sessionId)),
    durationMs: (run.endedAt ?? deps.now()) - run.startedAt,
  });

  const progressOf = (run: Run): Progress => {
    const totals = deps.turns.ofAnchor(run.anchorId)?.progress().totals;
    const elapsedMs = deps.now() - run.startedAt;
    const { tools = run.tools, costMicros = run.costMicros } = totals ?? {};
    return { type: "progress", state: run.status, tools, elapsedMs, costMicros };
  };

  return {
    /** Waits until OpenCode has the prompt, or until it is clear that it never will. */
    confirm: async (triggerId: string): Promise<Confirmed> => {
      const until = deps.now() + deps.confirmMs;
      while (deps.now() < until) {
        const run = await deps.triggerById({ triggerId });
        if (run === undefined || run.promptSentAt !== undefined) break;
        if (run.status === "error") return { kind: "not_sent", detail: run.error ?? run.reason ?? "" };
        if (run.endedAt !== undefined) break;
        await deps.pause(CONFIRM_LOOK_MS);
      }
      return { kind: "confirmed" };
    },
    /** One line for each change, at most one a second; the last one says how it ended. */
    lines: async function* (followed: Followed): AsyncGenerator<RunLine> {
      let shown = "";
      let shownAt = Number.NEGATIVE_INFINITY;
      for (;;) {
        const run = await deps.triggerById({ triggerId: followed.triggerId });
        if (run === undefined) return;
        if (run.endedAt !== undefined) return void (yield await doneLine(run, followed));
        const progress = progressOf(run);
        const facts = [progress.state, progress.tools, progress.costMicros].join(" ");
        const quietMs = deps.now() - shownAt;
        if (facts !== shown && quietMs >= PROGRESS_MS) {
          shown = facts;
          shownAt = deps.now();
          yield progress;
        } else if (quietMs >= HEARTBEAT_MS) {
          shownAt = deps.now();
          yield { type: "heartbeat" };
        }
        await deps.pause(LOOK_MS);
      }
    },
  };
}
export type FollowRun = ReturnType<typeof createFollowRun>;
