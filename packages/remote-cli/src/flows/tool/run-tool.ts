/** Runs a decided tool as a child and tells how it ended. */
import type { Outcome, Sink } from "../../core/call.ts";
import { decodedSink, outcomeOfChild, type ChildEnded } from "../../core/child-outcome.ts";
import type { TimeoutClass } from "../../core/grammar/spec.ts";
import { limitsOf } from "../../core/limits.ts";
import type { ToolChild } from "../../core/tool-child.ts";

export type RunTool = (
  plan: { bin: string; argv: readonly string[]; env: Readonly<Record<string, string>>; timeClass: TimeoutClass },
  watching: { signal: AbortSignal; sink: Sink },
) => Promise<Outcome>;

/** Binds the way of every tool to what starts children. */
export function createRunTool(run: (child: ToolChild) => Promise<ChildEnded>): RunTool {
  return async ({ bin, argv, env, timeClass }, { signal, sink }) => {
    const limits = limitsOf(timeClass);
    const out = decodedSink(sink, "stdout");
    const err = decodedSink(sink, "stderr");
    const ended = await run({ ...limits, bin, argv, env, signal, onStdout: out.push, onStderr: err.push });
    out.end();
    err.end();
    return outcomeOfChild(bin, ended, { limits, sink });
  };
}
