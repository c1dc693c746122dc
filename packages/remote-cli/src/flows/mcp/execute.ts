/** Calls one tool and tells its result as a command would: text on stdout, or a reason on stderr. */
import type { Arguments } from "@thor/integrations/manifest";
import { stripInvisible } from "@thor/kit/pure/cut-text";
import { redactSecretShapes } from "@thor/kit/pure/secret-patterns";

import type { Outcome, Sink } from "../../core/call.ts";
import { failureText, MAX_RESULT_BYTES, resultText } from "../../core/mcp/result.ts";
import type { CallEnd } from "../../core/mcp/tool.ts";
import type { Connection } from "./connection.ts";

interface ToolCall {
  connection: Connection;
  tool: { name: string; schema: unknown };
  args: Arguments;
  isJson: boolean;
  timeoutMs: number;
  isOnce: boolean;
}

type Told = { stream: "stdout" | "stderr"; text: string };

function tell(end: CallEnd, { tool, isJson }: ToolCall): Told {
  if (end.kind === "result" && !end.result.isError) return { stream: "stdout", text: resultText(end.result, isJson) };
  const message = end.kind === "result" ? resultText(end.result, false) : end.error;
  const isTheirs = end.kind === "result" || end.kind === "refused";
  return { stream: "stderr", text: isTheirs ? failureText(message, tool) : `${tool.name}: ${message}\n` };
}

const tooLarge = (bytes: number): Told => ({
  stream: "stderr",
  text: `the result has ${bytes} bytes, more than ${MAX_RESULT_BYTES}: narrow the query\n`,
});

/** Tickets and logs are where foreign secrets lie, so results lose everything that looks like one. */
export const createExecuteTool =
  () =>
  (toolCall: ToolCall) =>
  async (signal: AbortSignal, sink: Sink): Promise<Outcome> => {
    const { connection, tool, args, timeoutMs, isOnce } = toolCall;
    const end = await connection.call(tool.name, args, { signal, timeoutMs, isOnce });
    const whole = tell(end, toolCall);
    const bytes = new TextEncoder().encode(whole.text).length;
    const { stream, text } = bytes > MAX_RESULT_BYTES ? tooLarge(bytes) : whole;
    const clean = redactSecretShapes(stripInvisible(text));
    sink(stream, clean.text);
    return {
      stdout: "",
      stderr: "",
      exitCode: stream === "stdout" ? 0 : 1,
      ended: signal.aborted ? "cancelled" : "exit",
      sideEffectAttempted: end.kind !== "not_sent",
      redactions: clean.count,
    };
  };
export type ExecuteTool = ReturnType<typeof createExecuteTool>;
