/** Keeps the latest state of every part of a run in the ledger, a few writes a second at most. */
import type { Log } from "@thor/kit/flow/log";
import type { Ledger, StepInput } from "@thor/ledger/port";

import type { Part } from "../core/opencode/project.ts";
import { stateOfPart } from "../core/steps/from-part.ts";

const MAX_WAITING = 2000;
const BATCH = 200;

export interface RecordStepsDeps extends Pick<Ledger, "upsertParts"> {
  log: Log;
  now: () => number;
}

export function createRecorder(deps: RecordStepsDeps, run: { triggerId: string; anchorId: string; runFence: number }) {
  const { triggerId, anchorId, runFence } = run;
  const waiting = new Map<string, StepInput>();
  const order = new Map<string, number>();
  let lastRev = 0;

  const add = (part: Part) => {
    const kept = stateOfPart(part);
    if (kept === undefined || (waiting.size >= MAX_WAITING && !waiting.has(part.id))) return;
    const firstSeq = order.get(part.id) ?? order.size + 1;
    order.set(part.id, firstSeq);
    lastRev = Math.max(lastRev + 1, deps.now() * 1000);
    const { id: partId, sessionID: sessionId, messageID: messageId, type } = part;
    waiting.set(partId, { partId, sessionId, messageId, type, firstSeq, rev: lastRev, ...kept });
  };

  /** Writes what waits; what cannot be written now waits for the next call. */
  const flush = async (): Promise<void> => {
    const parts = [...waiting.values()].slice(0, BATCH);
    if (parts.length === 0) return;
    const outcome = await deps.upsertParts({ triggerId, runFence, anchorId, parts });
    if (outcome.kind === "overloaded" || outcome.kind === "unavailable") {
      deps.log.warn({ event: "recorder_waits", triggerId, outcome: outcome.kind }, "steps could not be stored yet");
      return;
    }
    for (const { partId, rev } of parts) if (waiting.get(partId)?.rev === rev) waiting.delete(partId);
    if (waiting.size > 0) await flush();
  };
  return { add, flush };
}
export type Recorder = ReturnType<typeof createRecorder>;
