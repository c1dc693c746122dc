/** Keeps the latest state of every part of a run in the ledger, a few writes a second at most. */
import type { Log } from "@thor/kit/flow/log";
import type { Ledger, StepInput } from "@thor/ledger/port";

import type { Part } from "../core/opencode/project.ts";
import type { Redact } from "../core/redact.ts";
import { stateOfPart } from "../core/steps/from-part.ts";

const MAX_WAITING = 2000;
const BATCH = 200;
const BATCH_BYTES = 4 * 1024 * 1024;

export interface RecordStepsDeps extends Pick<Ledger, "upsertParts"> {
  log: Log;
  redact: Redact;
  now: () => number;
}

interface Waiting {
  step: StepInput;
  bytes: number;
}

/** As many steps as fit into one write; a single one always does. */
function nextBatch(waiting: Iterable<Waiting>): StepInput[] {
  const batch: StepInput[] = [];
  let total = 0;
  for (const { step, bytes } of waiting) {
    total += bytes;
    if (batch.length === BATCH || (total > BATCH_BYTES && batch.length > 0)) break;
    batch.push(step);
  }
  return batch;
}

export function createRecorder(deps: RecordStepsDeps, run: { triggerId: string; anchorId: string; runFence: number }) {
  const { triggerId } = run;
  const waiting = new Map<string, Waiting>();
  const order = new Map<string, number>();
  let lastRev = 0;
  let writing: Promise<void> | undefined;

  const add = (part: Part) => {
    const kept = stateOfPart(part, deps.redact);
    if (kept === undefined || (waiting.size >= MAX_WAITING && !waiting.has(part.id))) return;
    const { bytes, ...shown } = kept;
    const firstSeq = order.get(part.id) ?? order.size + 1;
    order.set(part.id, firstSeq);
    lastRev = Math.max(lastRev + 1, deps.now() * 1000);
    const { id: partId, sessionID: sessionId, messageID: messageId, type } = part;
    waiting.set(partId, { bytes, step: { partId, sessionId, messageId, type, firstSeq, rev: lastRev, ...shown } });
  };

  /** Writes one batch; false when the rest has to wait. */
  const writeBatch = async (parts: StepInput[]): Promise<boolean> => {
    const outcome = await deps.upsertParts({ ...run, parts });
    if (outcome.kind === "overloaded" || outcome.kind === "unavailable") {
      deps.log.warn({ event: "recorder_waits", triggerId, outcome: outcome.kind }, "steps could not be stored yet");
      return false;
    }
    for (const { partId, rev } of parts) if (waiting.get(partId)?.step.rev === rev) waiting.delete(partId);
    return true;
  };

  const writeAll = async (): Promise<void> => {
    for (let parts = nextBatch(waiting.values()); parts.length > 0; parts = nextBatch(waiting.values())) {
      if (!(await writeBatch(parts))) return;
    }
  };

  return {
    add,
    /** Writes what waits; what cannot be written now waits for the next call. Never fails: the record must not end a run. */
    flush: (): Promise<void> => {
      writing ??= writeAll()
        .catch((err: unknown) => {
          waiting.clear();
          deps.log.error({ event: "recorder_failed", triggerId, err }, "steps could not be stored");
        })
        .finally(() => {
          writing = undefined;
        });
      return writing;
    },
  };
}
export type Recorder = ReturnType<typeof createRecorder>;
