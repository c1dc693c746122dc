/** The use cases of the runner, wired. */
import { setTimeout as pause } from "node:timers/promises";

import { createKeyedMutex } from "@thor/kit/flow/keyed-mutex";
import { createIds } from "@thor/kit/ids";
import { systemClock } from "@thor/kit/system-clock";

import { createCancelCommands } from "../adapters/remote-cli-client.ts";
import { createDirectoryCheck } from "../adapters/workspace.ts";
import { finalText } from "../core/progress/render.ts";
import { createAbortTurn } from "../flows/abort-turn.ts";
import { createAcceptTrigger } from "../flows/accept-trigger.ts";
import { createAnswerCard } from "../flows/answer-card.ts";
import { createAskWish } from "../flows/ask-wish.ts";
import { createBeginRun } from "../flows/begin-run.ts";
import { createContinueRun } from "../flows/continue-run.ts";
import { usedBy } from "../flows/end-run.ts";
import { createFinishOrphans } from "../flows/finish-orphans.ts";
import { createFollowRun } from "../flows/follow-run.ts";
import { createGiveUp } from "../flows/give-up.ts";
import { createHelperRuns } from "../flows/helper-runs.ts";
import { createKeepLeases } from "../flows/keep-leases.ts";
import { createLearnConversation } from "../flows/learn-conversation.ts";
import { createObserveSession } from "../flows/observe-session.ts";
import { createPrepareRun } from "../flows/prepare-run.ts";
import { createRecoverRuns } from "../flows/recover-runs.ts";
import { createStopRun } from "../flows/stop-run.ts";
import type { Turn } from "../flows/turn.ts";
import { createAsk, createStart } from "./driving.ts";
import type { Parts } from "./parts.ts";

const { now } = systemClock;

/** Makes a conversation ready for a run. */
function createPrepare(parts: Parts, openSession: ReturnType<typeof createStart>["openSession"]) {
  const { config, ledger, log, client, turns, plugin, takeSnapshotNow } = parts;
  return createPrepareRun({
    ...ledger,
    log,
    now,
    turns,
    openSession,
    isReady: () => plugin.mayOpen(config.opencode.connectTimeoutMs),
    activity: async ({ sessionId, directory }) => {
      const statuses = await client.status(directory);
      if (statuses.kind !== "ok") return "unknown";
      return (statuses.body[sessionId]?.type ?? "idle") === "idle" ? "idle" : "busy";
    },
    isAllowedDirectory: createDirectoryCheck(config.workspace),
    abortTurn: createAbortTurn({
      now,
      pause,
      timeoutMs: config.limits.abortTimeoutMs,
      abortSession: client.abort,
      takeSnapshot: takeSnapshotNow,
    }),
  });
}

/** A run that a newer one has ended says so in its own message. */
const createSupersede =
  ({ turns, finishing, log }: Parts, closeRequests: (turn: Turn) => Promise<void>) =>
  async (turn: Turn): Promise<void> => {
    turn.stop();
    turns.remove(turn);
    const facts = { triggerId: turn.triggerId, status: "aborted", reason: "user_interrupt", ...usedBy(turn, now()) };
    log.info({ event: "session_done", outcome: "superseded", ...facts }, "run ended by a newer one");
    finishing.add(turn.triggerId);
    await closeRequests(turn);
    const text = finalText(turn.progress(), { kind: "interrupted" }, now());
    await turn.driven.keeper.finish({ text, buttons: [] }).finally(() => finishing.delete(turn.triggerId));
  };

export function createRuns(parts: Parts) {
  const { config, ledger, log, turns, holder, slack, finishing, writePass, writePrompt, budget, view } = parts;
  const ask = createAsk(parts);
  const { startRun, openSession } = createStart(parts, ask);
  const giveUp = createGiveUp(ledger);
  const prepare = createPrepare(parts, openSession);
  const inOrder = createKeyedMutex();
  const newId = createIds(now);
  const onSuperseded = createSupersede(parts, ask.close);
  const begin = createBeginRun({ ...ledger, log, writePass, startRun, giveUp, onSuperseded });
  const isAllowedDirectory = createDirectoryCheck(config.workspace);
  const common = { ...ledger, log, now, pause, turns };
  const shared = { newId, holder, inOrder, prepare, writePrompt, begin };
  const cancelCommands = createCancelCommands({ url: config.remoteCliUrl, secret: config.secrets.current });
  const { messagesFrom } = parts.client;
  const follow = createFollowRun({ ...common, messagesFrom, confirmMs: config.opencode.connectTimeoutMs });
  const { known, redact, client } = parts;
  const foreign = { ...common, ...client, newId, holder, inOrder, isAllowedDirectory, writePass, startRun };
  const observe = createObserveSession(foreign);
  parts.foreign.observe = (typed) => void observe(typed);
  const learn = createLearnConversation({ ...ledger, ...known, log, redact, config: view.current });
  return {
    follow,
    accept: createAcceptTrigger({ ...ledger, ...shared, log, learn, isAllowedDirectory, confirm: follow.confirm }),
    recover: createRecoverRuns({ ...common, holder, startRun, giveUp, writePass }),
    finishOrphans: createFinishOrphans({ ...common, ...slack, finishing, lastWords: parts.lastWords }),
    keepLeases: createKeepLeases({ ...common, holder }),
    wishes: createAskWish({ ...common, newId }),
    helperRuns: createHelperRuns({ ...ledger, newId, holder, tokenOf: parts.tokenOf }),
    controls: {
      stopRun: createStopRun({ ...common, cancelCommands, viewUrl: parts.viewUrl }),
      answerCard: createAnswerCard({ ...common, config: view.current, update: slack.update }),
      continueRun: createContinueRun({
        ...common,
        ...shared,
        config: view.current,
        unpricedUsdPerMtok: config.unpricedUsdPerMtok,
        budget,
        update: slack.update,
      }),
    },
  };
}
export type Runs = ReturnType<typeof createRuns>;
