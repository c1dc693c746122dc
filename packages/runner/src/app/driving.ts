/** How a run is driven: from its opening to its end. */
import { setTimeout as pause } from "node:timers/promises";

import { systemClock } from "@thor/kit/system-clock";
import type { Ledger, Run } from "@thor/ledger/port";

import { createIdleNotice } from "../adapters/gateway-client.ts";
import type { OpencodeClient } from "../adapters/opencode-client.ts";
import type { Answer } from "../core/asking/decide.ts";
import type { OpenRequest } from "../core/asking/request.ts";
import { createAskPeople } from "../flows/ask-people.ts";
import { driveTurn } from "../flows/drive-turn.ts";
import type { DrivenRun } from "../flows/driven-run.ts";
import { createEndRun } from "../flows/end-run.ts";
import { createStatusKeepers } from "../flows/keep-status.ts";
import { createKeepTotals } from "../flows/keep-totals.ts";
import { createOpenSession } from "../flows/open-session.ts";
import { createPacing } from "../flows/pacing.ts";
import { createParkRun } from "../flows/park-run.ts";
import { createReplaceSession } from "../flows/replace-session.ts";
import { createSlots } from "../flows/slots.ts";
import { createStartRun } from "../flows/start-run.ts";
import type { DriveTurnDeps, Prompt, PromptSent, Turn } from "../flows/turn.ts";
import type { Parts } from "./parts.ts";

const { now, chance } = systemClock;
/** How far apart runs return to a provider whose quota was used up. */
const QUOTA_GAP_MS = 5000;

/** Nothing is sent while nobody listens, or to a server that runs without the plugin. */
const createSendPrompt =
  ({ client, plugin, config }: Parts) =>
  async (sessionId: string, message: Prompt): Promise<PromptSent> => {
    if (!(await plugin.maySend(config.opencode.connectTimeoutMs)))
      return { kind: "failed", error: "OpenCode cannot be reached, or has not loaded Thor's plugin" };
    const sent = await client.prompt(sessionId, message);
    return sent.kind === "ok" ? { kind: "ok" } : sent;
  };

/** One answer to OpenCode; words go to every question of a request. */
const createReply =
  (client: OpencodeClient) =>
  (request: OpenRequest, directory: string, answer: Answer): Promise<unknown> => {
    if (answer.kind === "once") return client.allowOnce(request.id, directory);
    if (answer.kind === "reject") return client.rejectPermission(request.id, directory, answer.text);
    if (answer.kind === "labels") return client.answerQuestion(request.id, directory, answer.labels);
    const count = request.kind === "question" ? request.questions.length : 1;
    return client.answerQuestion(
      request.id,
      directory,
      Array.from({ length: count }, () => [answer.text]),
    );
  };

export const createAsk = ({ config, ledger, log, client, slack, known }: Parts) =>
  createAskPeople({
    ...ledger,
    ...slack,
    log,
    now,
    timeoutMs: config.questionTimeoutMs,
    audienceOf: known.audienceOf,
    reply: createReply(client),
  });

/** What the driver needs besides what belongs to one turn. */
function createDriving(parts: Parts, ask: ReturnType<typeof createAsk>) {
  const { config, ledger, log, client, turns, takeSnapshot, findChildren, finishing, budget, lastWords, slack } = parts;
  const noticeIdle = createIdleNotice({ url: config.gatewayUrl, secret: config.secrets.current });
  const set = (turn: Turn, changes: Parameters<Ledger["setTrigger"]>[0]["set"]) =>
    ledger.setTrigger({ triggerId: turn.triggerId, runFence: turn.driven.runFence, set: changes });
  const forget = turns.remove;
  return {
    log,
    now,
    chance,
    limits: config.limits,
    slots: createSlots(config.maxRunningTurns),
    afterQuota: createPacing({ now, pause, gapMs: QUOTA_GAP_MS }),
    sendPrompt: createSendPrompt(parts),
    abortSession: client.abort,
    takeSnapshot,
    findChildren,
    onRequests: ask.attend,
    onSent: async (turn) => {
      const noted = await set(turn, { status: "running", promptSentAt: now() });
      const isNoted = noted.kind !== "overloaded" && noted.kind !== "unavailable";
      const { triggerId, startedAt } = turn;
      if (isNoted) log.info({ event: "prompt_confirmed", triggerId, tookMs: now() - startedAt }, "prompt confirmed");
      return isNoted;
    },
    onPark: createParkRun({ ...ledger, log, now, pause }),
    keepTotals: createKeepTotals({ ...ledger, now, budget }),
    forget,
    onEnd: createEndRun({
      ...ledger,
      log,
      now,
      pause,
      findAgentPost: slack.findAgentPost,
      noticeIdle,
      finishing,
      forget,
      lastWords,
      failureChannel: () => parts.view.current().admission.approvals.defaults.channel,
      redact: parts.redact,
      closeRequests: ask.close,
    }),
  } satisfies Omit<DriveTurnDeps, "replace">;
}

/** Starts runs, and whatever they need while they go on. */
export function createStart(parts: Parts, ask: ReturnType<typeof createAsk>) {
  const { ledger, log, client, slack, turns, budget, known, viewUrl, notes, writePass, writePrompt } = parts;
  const driving = createDriving(parts, ask);
  const openSession = createOpenSession({ ...ledger, ...client, log, pause });
  const replace = (turn: Turn) =>
    createReplaceSession(
      { ...ledger, log, turns, openSession, writePrompt, writePass, startRun },
      "context_overflow",
    )(turn);
  const drive = (driven: DrivenRun) => driveTurn({ ...driving, replace }, driven);
  const startRun = createStartRun({
    ...ledger,
    ...slack,
    log,
    now,
    pause,
    drive,
    turns,
    notes,
    redact: parts.redact,
    viewUrl,
    statusKeeper: createStatusKeepers({ now, setStatus: slack.setStatus }),
    judgeBudget: (run: Run, directory: string) => budget.judge(run, directory, run),
    contextLimit: known.models.contextLimit,
  });
  return { startRun, openSession };
}
