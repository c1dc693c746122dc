/** One command in a sandbox: its output as text within a limit, its time, and its end. */
import type { Provider } from "./provider.ts";
import type { Found } from "./pure/choose.ts";
import { CANCEL_GRACE_MS, MAX_OUTPUT_BYTES, TIMEOUT_GRACE_MS } from "./pure/limits.ts";

export interface Io {
  signal: AbortSignal;
  sink: (stream: "stdout" | "stderr", text: string) => void;
}
export interface Ended {
  exitCode: number;
  ended: "exit" | "timeout" | "cancelled";
}

export const noteOn = (io: Pick<Io, "sink">) => (text: string) => io.sink("stderr", `[sandbox] ${text}\n`);

/** Whole characters only, and no more than the limit; the rest is dropped while the command goes on. */
function createOutput(io: Io) {
  const decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };
  let left = MAX_OUTPUT_BYTES;
  return {
    take: (stream: "stdout" | "stderr", chunk: Uint8Array) => {
      if (left <= 0) return;
      const kept = chunk.subarray(0, left);
      left -= kept.length;
      const text = decoders[stream].decode(kept, { stream: true });
      if (text !== "") io.sink(stream, text);
      if (left <= 0) noteOn(io)("more than 50 MiB of output: the rest is dropped, the command goes on");
    },
    end: () => {
      for (const stream of ["stdout", "stderr"] as const) {
        const text = decoders[stream].decode();
        if (text !== "") io.sink(stream, text);
      }
    },
  };
}

/** Runs text; a time that is over or a caller that went away ends all of it. */
export async function runInSandbox(
  provider: Provider,
  given: { found: Found; text: string; timeoutMs: number },
  io: Io,
): Promise<Ended> {
  const { found, text, timeoutMs } = given;
  const stop = new AbortController();
  let why: Ended["ended"] = "exit";
  const end = (reason: Ended["ended"]) => {
    if (why === "exit") why = reason;
    stop.abort();
  };
  const cancel = () => end("cancelled");
  const timer = setTimeout(() => end("timeout"), timeoutMs);
  io.signal.addEventListener("abort", cancel, { once: true });
  if (io.signal.aborted) cancel();
  const output = createOutput(io);
  try {
    const graceMs = () => (why === "timeout" ? TIMEOUT_GRACE_MS : CANCEL_GRACE_MS);
    const watch = { signal: stop.signal, graceMs, onOutput: output.take };
    const exitCode = await provider.exec(found, { text, isOwn: false }, watch);
    output.end();
    // A command that ended while it was being stopped was stopped all the same.
    return { exitCode, ended: stop.signal.aborted ? why : "exit" };
  } finally {
    clearTimeout(timer);
    io.signal.removeEventListener("abort", cancel);
  }
}
