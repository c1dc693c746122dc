/** From a sufficient yes to an end that is told: at most one outbound request, whoever dies in between. */
import type { Json } from "@thor/domain/json";
import type { Log } from "@thor/kit/flow/log";
import { cutText } from "@thor/kit/pure/cut-text";
import type { Approval, Ledger } from "@thor/ledger/port";

import { outcomeOf } from "../../core/approval/ending.ts";
import { auditOf, cardPromise, outcomeEvent } from "../../core/approval/told.ts";
import type { Ask, Outcome } from "../../core/call.ts";

export interface ExecutionDeps extends Pick<Ledger, "markSideEffect" | "finishExecution"> {
  log: Log;
  /** Takes held secrets out. */
  redact: (text: string) => string;
  /** After the card has something new to show. */
  wakeCards: () => void;
}

const MAX_TEXT = 100_000;
const EXECUTION_MS = 300_000;

type Finished = { state: "done" | "failed"; sideEffect: Approval["sideEffect"]; error?: string; result?: Json };

/** Refused before sending: nothing happened. After that nobody can say so. */
function finishedBy(outcome: Outcome, redact: (text: string) => string): Finished {
  const stdout = cutText(redact(outcome.stdout), MAX_TEXT);
  const stderr = cutText(redact(outcome.stderr), MAX_TEXT);
  const { exitCode } = outcome;
  const result = { stdout, stderr, exitCode };
  if (exitCode === 0) return { state: "done", sideEffect: "attempted", result };
  const sideEffect = outcome.sideEffectAttempted === false ? "none" : "attempted";
  return { state: "failed", sideEffect, result, error: stderr === "" ? `exit code ${exitCode}` : stderr };
}

const messageOf = (err: unknown) => (err instanceof Error ? err.message : String(err));

/** Collects what a command prints, as one outcome. */
async function collect(ask: Ask): Promise<Outcome> {
  const said = { stdout: "", stderr: "" };
  const signal = AbortSignal.timeout(EXECUTION_MS);
  const outcome = await ask.execute(signal, (stream, text) => (said[stream] += text));
  return { ...outcome, stdout: said.stdout + outcome.stdout, stderr: said.stderr + outcome.stderr };
}

export function createExecution(deps: ExecutionDeps) {
  const { log, redact } = deps;

  /** Stores the end together with its card and its event. */
  const finish = async (record: Approval, fence: number, given: { end: Finished; reviewer: string }) => {
    const { end, reviewer } = given;
    const { state, sideEffect } = end;
    const outcome = outcomeOf(record, { state, reviewer, sideEffect });
    const audit = auditOf(record, {
      event: "approval.executed",
      decision: state === "done" ? "executed" : "failed",
      by: { kind: "service", id: "remote-cli" },
      detail: { sideEffect },
    });
    const event = record.grantId === undefined ? { event: outcomeEvent(record, outcome) } : {};
    const finished = await deps.finishExecution({
      id: record.id,
      fence,
      state,
      sideEffect,
      ...(end.result === undefined ? {} : { result: end.result }),
      ...(end.error === undefined ? {} : { error: end.error }),
      told: { audit, outbox: [cardPromise(record, state)], ...event },
    });
    log.info({ event: "approval_executed", approval: record.id, state, stored: finished.kind }, "an approval ended");
    deps.wakeCards();
    return finished;
  };

  /** Runs what was begun under `fence`: the mark first, then at once the one request. */
  const run = async (record: Approval, ask: Ask, { fence, reviewer }: { fence: number; reviewer: string }) => {
    const marked = await deps.markSideEffect({ id: record.id, fence });
    if (marked.kind !== "marked") return { kind: "lost" as const };
    const outcome = await collect(ask).catch((err: unknown): Outcome => ({
      stdout: "",
      stderr: messageOf(err),
      exitCode: 1,
      ended: "exit",
    }));
    const end = finishedBy(outcome, redact);
    const finished = await finish(record, fence, { end, reviewer });
    if (finished.kind !== "finished") return { kind: "lost" as const };
    return { kind: "ended" as const, state: end.state, outcome };
  };

  return {
    run,
    /** Ends an execution whose process is gone; it is never run again. */
    abandon: (record: Approval) => {
      const isMarked = record.sideEffectAt !== undefined;
      const error = isMarked ? "the service stopped while it ran" : "the service stopped before it ran";
      const end: Finished = { state: "failed", sideEffect: isMarked ? "unknown" : "none", error };
      const reviewer = record.votes.findLast(({ decision }) => decision === "approved")?.voter ?? "grant";
      return finish(record, record.fence, { end, reviewer });
    },
  };
}
export type Execution = ReturnType<typeof createExecution>;
