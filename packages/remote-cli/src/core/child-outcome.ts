/** How a started program ended, and what its caller is told. */
import type { Outcome, Sink } from "./call.ts";
import { stoppedLine, type ChildLimits } from "./limits.ts";

export interface ChildEnded {
  end:
    | { kind: "exited"; code: number }
    | { kind: "signalled"; number: number }
    | { kind: "timeout" | "capped" | "cancelled" | "not_found" }
    | { kind: "spawn_failed"; error: string };
}

/** A program that ended by itself, its output told already. */
export const exited = (exitCode: number, ended: Outcome["ended"] = "exit"): Outcome => ({
  stdout: "",
  stderr: "",
  exitCode,
  ended,
});

/** What a child's end means for the caller; why it was stopped is said on its error stream. */
export function outcomeOfChild(tool: string, { end }: ChildEnded, given: { limits: ChildLimits; sink: Sink }): Outcome {
  const { limits, sink } = given;
  switch (end.kind) {
    case "exited":
      return exited(end.code);
    case "signalled":
      return exited(128 + end.number);
    case "timeout":
      sink("stderr", stoppedLine("timeout", limits));
      return exited(124, "timeout");
    case "capped":
      sink("stderr", stoppedLine("capped", limits));
      return exited(141, "capped");
    case "cancelled":
      return exited(130, "cancelled");
    case "not_found":
      sink("stderr", `${tool}: not installed in this deployment\n`);
      return exited(127, "spawn_failed");
    case "spawn_failed":
      sink("stderr", `${tool} could not be started\n`);
      return exited(1, "spawn_failed");
  }
}

/** Bytes of a stream as text, whole characters only. */
export const decodedSink = (sink: Sink, stream: "stdout" | "stderr") => {
  const decoder = new TextDecoder();
  return {
    push: (chunk: Uint8Array) => sink(stream, decoder.decode(chunk, { stream: true })),
    end: () => sink(stream, decoder.decode()),
  };
};
