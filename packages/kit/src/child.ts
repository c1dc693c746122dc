/** A child process that cannot outlive its deadline, its output cap or its caller. */
import { spawn } from "node:child_process";
import { constants } from "node:os";

export interface ChildPlan {
  bin: string;
  argv: readonly string[];
  /** The whole environment; nothing is inherited. */
  env: Readonly<Record<string, string>>;
  cwd: string;
  /** Exactly these bytes, then end of file; without it stdin is closed. */
  stdin?: string | Uint8Array | undefined;
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

function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // The group is gone already, which is what was wanted.
  }
}

function naturalEnd(code: number | null, signal: NodeJS.Signals | null): ChildEnd {
  if (signal !== null) return { kind: "signalled", signal, number: constants.signals[signal] };
  return { kind: "exited", code: code ?? 1 };
}

function spawnFault(err: Error): ChildEnd {
  const isMissing = "code" in err && err.code === "ENOENT";
  return isMissing ? { kind: "not_found" } : { kind: "spawn_failed", error: err.message };
}

/** Runs a program without a shell in its own process group; always resolves, after everything in the group has been told to die. */
export function runChild(plan: ChildPlan, watch: ChildWatch = {}): Promise<ChildResult> {
  const startedAt = performance.now();
  const out: Record<"stdout" | "stderr", { chunks: Buffer[]; bytes: number }> = {
    stdout: { chunks: [], bytes: 0 },
    stderr: { chunks: [], bytes: 0 },
  };
  return new Promise((resolve) => {
    let forced: ChildEnd | undefined;
    let killTimer: NodeJS.Timeout | undefined;
    const child = spawn(plan.bin, [...plan.argv], {
      cwd: plan.cwd,
      env: { ...plan.env },
      detached: true,
      stdio: [plan.stdin === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    });
    const stop = (why: ChildEnd) => {
      if (forced !== undefined) return;
      forced = why;
      killGroup(child.pid, "SIGTERM");
      killTimer = setTimeout(() => killGroup(child.pid, "SIGKILL"), plan.killGraceMs);
    };
    const deadline = setTimeout(() => stop({ kind: "timeout" }), plan.timeoutMs);
    const cancel = () => stop({ kind: "cancelled" });
    const finish = (end: ChildEnd) => {
      clearTimeout(deadline);
      clearTimeout(killTimer);
      watch.signal?.removeEventListener("abort", cancel);
      killGroup(child.pid, "SIGKILL");
      const [stdout, stderr] = [Buffer.concat(out.stdout.chunks), Buffer.concat(out.stderr.chunks)];
      resolve({ end: forced ?? end, stdout, stderr, durationMs: performance.now() - startedAt });
    };
    const collect =
      (name: "stdout" | "stderr", maxBytes: number, onChunk?: (chunk: Buffer) => void) => (chunk: Buffer) => {
        const sink = out[name];
        const kept = chunk.subarray(0, Math.max(0, maxBytes - sink.bytes));
        sink.bytes += kept.length;
        if (kept.length > 0) {
          sink.chunks.push(kept);
          onChunk?.(kept);
        }
        if (kept.length < chunk.length) stop({ kind: "capped", stream: name });
      };
    child.stdout?.on("data", collect("stdout", plan.maxStdoutBytes, watch.onStdout));
    child.stderr?.on("data", collect("stderr", plan.maxStderrBytes, watch.onStderr));
    child.on("error", (err) => finish(spawnFault(err)));
    // A grandchild may keep the pipes open after the child is gone: the group is ended at exit, then the pipes close.
    child.on("exit", () => killGroup(child.pid, "SIGKILL"));
    child.on("close", (code, signal) => finish(naturalEnd(code, signal)));
    child.stdin?.on("error", () => undefined).end(plan.stdin);
    if (watch.signal?.aborted === true) cancel();
    else watch.signal?.addEventListener("abort", cancel, { once: true });
  });
}
