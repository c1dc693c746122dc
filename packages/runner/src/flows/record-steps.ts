/** Keeps the latest state of every part of a run in the ledger, a few writes a second at most. */
import type { Log } from "@thor/kit/flow/log";
import type { Ledger, StepInput } from "@thor/ledger/port";

import { isToolPart, isWordsPart, type Part } from "../core/opencode/project.ts";
import type { Redact } from "../core/redact.ts";
import { stateOfPart } from "../core/steps/from-part.ts";

/** What waits while the ledger cannot be written. */
const MAX_WAITING_BYTES = 32 * 1024 * 1024;
const BATCH = 200;
const BATCH_BYTES = 4 * 1024 * 1024;

export interface RecordStepsDeps extends Pick<Ledger, "upsertParts"> {
  log: Log;
  redact: Redact;
  now: () => number;
}

interface Waiting {
  part: Part;
  bytes: number;
  firstSeq: number;
  rev: number;
}

/** About how much memory a part holds. */
function weightOf(part: Part): number {
  if (isWordsPart(part)) return part.text.length;
  if (!isToolPart(part)) return 0;
  const { output, error, input } = part.state;
  return (output ?? error ?? "").length + JSON.stringify(input ?? {}).length;
}

/** Whether OpenCode will say no more of a part. */
function isFinal(part: Part): boolean {
  if (isToolPart(part)) return part.state.status === "completed" || part.state.status === "error";
  return !isWordsPart(part) || part.time?.end !== undefined;
}

function stepOf({ part, firstSeq, rev }: Waiting, redact: Redact): { step: StepInput; bytes: number } | undefined {
  const kept = stateOfPart(part, redact);
  if (kept === undefined) return undefined;
  const { bytes, ...shown } = kept;
  const { id: partId, sessionID: sessionId, messageID: messageId, type } = part;
  return { bytes, step: { partId, sessionId, messageId, type, firstSeq, rev, ...shown } };
}

/** The newest state of each part that still has to be stored, within a bound. */
function createWaiting() {
  const waiting = new Map<string, Waiting>();
  let total = 0;
  const isOver = () => total > MAX_WAITING_BYTES;
  const remove = (id: string) => {
    total -= waiting.get(id)?.bytes ?? 0;
    waiting.delete(id);
  };
  /** The oldest of what will be said again anyway, else the oldest. */
  const leastWanted = () => {
    for (const [id, { part }] of waiting) if (!isFinal(part)) return id;
    return waiting.keys().next().value;
  };
  return {
    remove,
    /** How many had to give way. */
    put: (next: Waiting): number => {
      remove(next.part.id);
      waiting.set(next.part.id, next);
      total += next.bytes;
      let dropped = 0;
      for (let id = leastWanted(); isOver() && id !== undefined; id = leastWanted()) {
        remove(id);
        dropped += 1;
      }
      return dropped;
    },
    revOf: (id: string) => waiting.get(id)?.rev,
    isEmpty: () => waiting.size === 0,
    /** As many steps as fit into one write; a single one always does. What says nothing is forgotten. */
    nextBatch: (redact: Redact): StepInput[] => {
      const batch: StepInput[] = [];
      let bytes = 0;
      for (const one of waiting.values()) {
        const made = stepOf(one, redact);
        bytes += made?.bytes ?? 0;
        if (batch.length === BATCH || (bytes > BATCH_BYTES && batch.length > 0)) break;
        if (made === undefined) remove(one.part.id);
        else batch.push(made.step);
      }
      return batch;
    },
  };
}

export function createRecorder(deps: RecordStepsDeps, run: { triggerId: string; anchorId: string; runFence: number }) {
  const { triggerId } = run;
  const waiting = createWaiting();
  const order = new Map<string, number>();
  let lastRev = 0;
  let isIncomplete = false;
  let writing: Promise<void> | undefined;

  const add = (part: Part) => {
    const firstSeq = order.get(part.id) ?? order.size + 1;
    order.set(part.id, firstSeq);
    lastRev = Math.max(lastRev + 1, deps.now() * 1000);
    const dropped = waiting.put({ part, bytes: weightOf(part), firstSeq, rev: lastRev });
    if (dropped === 0) return;
    isIncomplete = true;
    deps.log.warn({ event: "recorder_dropped", triggerId, dropped }, "steps that could not be stored gave way");
  };

  /** Writes one batch; false when the rest has to wait. */
  const writeBatch = async (parts: StepInput[]): Promise<boolean> => {
    const outcome = await deps.upsertParts({ ...run, parts });
    if (outcome.kind === "overloaded" || outcome.kind === "unavailable") {
      deps.log.warn({ event: "recorder_waits", triggerId, outcome: outcome.kind }, "steps could not be stored yet");
      return false;
    }
    for (const { partId, rev } of parts) if (waiting.revOf(partId) === rev) waiting.remove(partId);
    return true;
  };

  const writeAll = async (): Promise<void> => {
    for (let parts = waiting.nextBatch(deps.redact); parts.length > 0; parts = waiting.nextBatch(deps.redact)) {
      if (!(await writeBatch(parts))) return;
    }
  };

  return {
    add,
    /** Writes what waits; what cannot be written now waits for the next call. Never fails: the record must not end a run. */
    flush: (): Promise<void> => {
      writing ??= writeAll()
        .catch((err: unknown) => deps.log.error({ event: "recorder_failed", triggerId, err }, "steps not stored yet"))
        .finally(() => {
          writing = undefined;
        });
      return writing;
    },
    /** Whether steps are missing that OpenCode still knows, now that the ledger takes them again; said once. */
    wantsRefill: (): boolean => {
      const isWanted = isIncomplete && waiting.isEmpty();
      if (isWanted) isIncomplete = false;
      return isWanted;
    },
  };
}
export type Recorder = ReturnType<typeof createRecorder>;
