/** A child process that cannot outlive its deadline, its output cap or its caller. */
import { constants } from "node:os";

import { startChild, type ChildStart, type StartChild, type StartedEnd } from "./child-start.ts";

interface ChildPlan extends ChildStart {
  timeoutMs: number;
  maxStdoutBytes: number;
  maxStderrBytes: number;
  /** Time between SIGTERM and SIGKILL, ms. */
  killGraceMs: number;
}

type ChildEnd =
  | { kind: "exited"; code: number }
  | { kind: "signalled"; signal: NodeJS.Signals; number: number }
  | { kind: "timeout" }
  | { kind: "capped"; stream: "stdout" | "stderr" }
  | { kind: "cancelled" }
  | { kind: "not_found" }
  | { kind: "spawn_failed"; error: string };

export interface ChildResult {
  end: ChildEnd;
  stdout: Buffer;
  stderr: Buffer;
  durationMs: number;
}

interface ChildWatch {
  signal?: AbortSignal | undefined;
  onStdout?: (chunk: Buffer) => void;
  onStderr?: (chunk: Buffer) => void;
}
export type RunChild = (plan: ChildPlan, watch?: ChildWatch) => Promise<ChildResult>;

function naturalEnd(end: StartedEnd): ChildEnd {
  if (end.kind !== "ended") return end;
  const { code, signal } = end;
  if (signal !== null) return { kind: "signalled", signal, number: constants.signals[signal] };
  return { kind: "exited", code: code ?? 1 };
}

/** Keeps what a program says, up to its caps. */
function createSinks({ maxStdoutBytes, maxStderrBytes }: ChildPlan, { onStdout, onStderr }: ChildWatch) {
  const sinks = {
    stdout: { chunks: [] as Buffer[], left: maxStdoutBytes, show: onStdout },
    stderr: { chunks: [] as Buffer[], left: maxStderrBytes, show: onStderr },
  };
  return {
    /** Whether there was room for all of it. */
    take: (name: "stdout" | "stderr", chunk: Buffer): boolean => {
      const sink = sinks[name];
      const kept = chunk.subarray(0, sink.left);
      sink.left -= kept.length;
      if (kept.length > 0) {
        sink.chunks.push(kept);
        sink.show?.(kept);
      }
      return kept.length === chunk.length;
    },
    all: () => ({ stdout: Buffer.concat(sinks.stdout.chunks), stderr: Buffer.concat(sinks.stderr.chunks) }),
  };
}

/** Runs programs that are started in one way or another; always resolves, after everything in the group has been told to die. */
export const createRunChild =
  (start: StartChild): RunChild =>
  (plan, watch = {}) => {
    const startedAt = performance.now();
    const sinks = createSinks(plan, watch);
    return new Promise((resolve) => {
      let forced: ChildEnd | undefined;
      let killTimer: NodeJS.Timeout | undefined;
      const stop = (why: ChildEnd) => {
        if (forced !== undefined) return;
        forced = why;
        signalChild("SIGTERM");
        killTimer = setTimeout(() => signalChild("SIGKILL"), plan.killGraceMs);
      };
      const cancel = () => stop({ kind: "cancelled" });
      const signalChild = start(plan, {
        onOutput: (stream, chunk) => {
          if (!sinks.take(stream, chunk)) stop({ kind: "capped", stream });
        },
        onEnd: (end) => {
          clearTimeout(deadline);
          clearTimeout(killTimer);
          watch.signal?.removeEventListener("abort", cancel);
          resolve({ end: forced ?? naturalEnd(end), ...sinks.all(), durationMs: performance.now() - startedAt });
        },
      });
      const deadline = setTimeout(() => stop({ kind: "timeout" }), plan.timeoutMs);
      if (watch.signal?.aborted === true) cancel();
      else watch.signal?.addEventListener("abort", cancel, { once: true });
    });
  };

/** Runs a program without a shell in its own process group. */
export const runChild = createRunChild(startChild);
