/** The calls behind a turn's effects; each answers with the input that tells how it went. */
import type { Park } from "@thor/domain/park";
import type { Log } from "@thor/kit/flow/log";

import { promptIds, type PromptIds } from "../core/prompt-ids.ts";
import { hintText, NUDGE, restartNote } from "../core/prompt/compose.ts";
import type { Effect, TurnInput } from "../core/turn/state.ts";
import { lastAnswerOf, nudgesOf, verdict } from "../core/turn/verdict.ts";
import type { DrivenRun } from "./driven-run.ts";
import type { Snapshot } from "./take-snapshot.ts";
import type { DriveTurnDeps, End, PromptSent, Turn } from "./turn.ts";

export const createNoteFault =
  ({ log }: { log: Log }, triggerId: string) =>
  (err: unknown) =>
    log.error({ event: "turn_fault", triggerId, err }, "turn step failed");

const resultOf = (sent: PromptSent): TurnInput => {
  switch (sent.kind) {
    case "ok":
    case "missing":
      return { kind: "sent", result: sent.kind };
    case "refused":
      return { kind: "sent", result: "refused", detail: sent.detail };
    case "failed":
      return { kind: "sent", result: "failed", detail: sent.error };
  }
};

function snapshotInput(taken: Snapshot, triggerId: string): TurnInput {
  switch (taken.kind) {
    case "failed":
      return { kind: "snapshot_failed" };
    case "session_missing":
      return { kind: "sent", result: "missing" };
    case "snapshot": {
      const { messages } = taken.snapshot;
      const lastAnswer = lastAnswerOf(messages, triggerId);
      return {
        kind: "snapshot",
        verdict: verdict(taken.snapshot, triggerId),
        nudges: nudgesOf(messages, triggerId, "c"),
        restarts: nudgesOf(messages, triggerId, "r"),
        ...(lastAnswer === undefined ? {} : { lastAnswer }),
        isWaiting: taken.requests.length > 0,
      };
    }
  }
}

/** What a turn's effects do in the world. */
export function createCalls(deps: DriveTurnDeps, driven: DrivenRun, onTaken: (taken: Snapshot) => void) {
  const { run, sessionId, directory, model } = driven;
  const { promptMessageId } = run;
  const send = async (ids: PromptIds, text: string) =>
    resultOf(await deps.sendPrompt(sessionId, { ...ids, ...model, text }));
  const own = (suffix: Parameters<typeof promptIds>[1], text: string) => send(promptIds(run.id, suffix), text);
  return {
    /** Only so many turns run at once; the rest wait here. */
    send: async (): Promise<TurnInput> => {
      const mayGo = await deps.slots.take({ id: run.id, person: driven.person });
      if (!mayGo) return { kind: "sent", result: "failed", detail: "it was given up before its turn came" };
      const partId = run.promptPartId ?? promptIds(run.id, "s1").partId;
      return send({ messageId: promptMessageId, partId }, run.prompt ?? "");
    },
    nudge: (number: number) => own(`c${number}`, NUDGE),
    hint: (what: string) => own("k1", hintText(what)),
    note: (number: number, tool: { name: string; title: string }) => own(`r${number}`, restartNote(tool)),
    look: async (sessions: ReadonlySet<string>): Promise<Snapshot> => {
      const taken = await deps.takeSnapshot({ sessionId, directory, promptMessageId, sessions });
      onTaken(taken);
      return taken;
    },
    abort: async (): Promise<TurnInput> => {
      deps.slots.release(run.id);
      await deps.abortSession(sessionId);
      return { kind: "tick" };
    },
  };
}
export type TurnCalls = ReturnType<typeof createCalls>;

const parkOf = (park: Park | undefined, deps: DriveTurnDeps, turn: Turn) => {
  if (park !== undefined) deps.slots.release(turn.triggerId);
  return deps.onPark(turn, park);
};

/** Carries out what a turn asks for; each answer comes back as an input, and so does every fault. */
export function createCarryOut(deps: DriveTurnDeps, calls: TurnCalls, getTurn: () => Turn) {
  let isBackFromQuota: boolean | undefined;
  let aborts = 0;
  const send = async (): Promise<TurnInput> => {
    isBackFromQuota ??= getTurn().driven.run.park?.why === "quota";
    if (!isBackFromQuota) return calls.send();
    isBackFromQuota = false;
    const before = aborts;
    await deps.afterQuota();
    const isWanted = aborts === before && !getTurn().isDone() && !getTurn().isStopped();
    return isWanted ? calls.send() : { kind: "sent", result: "failed", detail: "it was stopped before its turn came" };
  };
  const answer = (work: Promise<TurnInput>, otherwise: TurnInput) => {
    const turn = getTurn();
    void work
      .catch((err: unknown) => {
        createNoteFault(deps, turn.triggerId)(err);
        return otherwise;
      })
      .then(turn.feed);
  };
  const sending = (work: Promise<TurnInput>) => answer(work, { kind: "sent", result: "failed" });
  const spurring = (kind: string, work: Promise<TurnInput>) => {
    deps.log.info({ event: "turn_spurred", triggerId: getTurn().triggerId, kind }, "the agent is told to go on");
    return sending(work);
  };
  const look = async (turn: Turn) => snapshotInput(await calls.look(turn.sessions), turn.triggerId);
  return (effect: Exclude<Effect, End>): void => {
    const turn = getTurn();
    switch (effect.kind) {
      case "send":
        return sending(send());
      case "nudge":
        return spurring(effect.kind, calls.nudge(effect.number));
      case "hint":
        return spurring(effect.kind, calls.hint(effect.what));
      case "restart_note":
        return spurring(effect.kind, calls.note(effect.number, effect.tool));
      case "snapshot":
        return answer(look(turn), { kind: "snapshot_failed" });
      case "abort":
        aborts += 1;
        return answer(calls.abort(), { kind: "tick" });
      case "park":
        isBackFromQuota = effect.park.why === "quota";
        return answer(parkOf(effect.park, deps, turn), { kind: "tick" });
      case "unpark":
        return answer(parkOf(undefined, deps, turn), { kind: "tick" });
      case "replace":
        return answer(deps.replace(turn), { kind: "not_replaced", error: "Context window exceeded" });
    }
  };
}
