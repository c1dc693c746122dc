/** Drives a run on in a fresh session: the same request, with what the records know of the conversation. */
import type { Log } from "@thor/kit/flow/log";
import type { Ledger } from "@thor/ledger/port";

import { promptIds, sessionNumberOf } from "../core/prompt-ids.ts";
import { askedIn, factsOf, storedFacts } from "../core/run-facts.ts";
import type { TurnInput } from "../core/turn/state.ts";
import type { OpenSession } from "./open-session.ts";
import type { StartRun } from "./start-run.ts";
import type { Turn } from "./turn.ts";
import type { Turns } from "./turns.ts";
import type { WritePrompt } from "./write-prompt.ts";

export interface ReplaceSessionDeps extends Pick<Ledger, "setTrigger" | "triggerById"> {
  log: Log;
  turns: Turns<Turn>;
  openSession: OpenSession;
  writePrompt: WritePrompt;
  writePass: (pass: { sessionId: string; anchorId: string; cwd: string }) => Promise<void>;
  startRun: StartRun;
}

const failed = (error: string): TurnInput => ({ kind: "not_replaced", error });

export const createReplaceSession =
  (deps: ReplaceSessionDeps, why: string) =>
  async (turn: Turn): Promise<TurnInput> => {
    const { anchorId, triggerId, directory, driven } = turn;
    const session = await deps.openSession({ anchorId, directory, isLost: () => true, why });
    if (session.kind === "failed") return failed(session.error);
    const run = await deps.triggerById({ triggerId });
    if (run === undefined) return failed("the run is gone");
    const { sessionId } = session;
    await deps.writePass({ sessionId, anchorId, cwd: directory });
    const { correlationKey, requesters, replyTo, source } = run;
    const old = factsOf(run);
    const written = await deps.writePrompt({
      anchorId,
      sessionId,
      isResumed: false,
      replaced: why,
      source,
      eventIds: [],
      correlationKey,
      requesters,
      replyTo,
      hasUntrustedText: old.isTainted === true,
      events: askedIn(run),
    });
    const ids = promptIds(triggerId, `s${sessionNumberOf(run.promptMessageId) + 1}`);
    const set = {
      sessionId,
      prompt: written.prompt,
      promptMessageId: ids.messageId,
      promptPartId: ids.partId,
      revs: storedFacts({ ...old, ...written.facts }),
    };
    const { runFence } = driven;
    const noted = await deps.setTrigger({ triggerId, runFence, set });
    if (noted.kind !== "ok") return failed(noted.kind);
    turn.stop();
    deps.turns.remove(turn);
    await deps.startRun(
      { ...run, ...set, startedAt: run.startedAt },
      { isFresh: true, runFence, sessionId, directory },
    );
    deps.log.info({ event: "session_replaced", triggerId, sessionId, why }, "the run goes on in a fresh session");
    return { kind: "tick" };
  };
