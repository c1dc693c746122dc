/** Tools that need no repository: words → typed command → what the tool itself has to say about it → verdict. */
import type { Asked, Call, Decision, Outcome, Sink, Target } from "../../core/call.ts";
import { denialText, type Denial } from "../../core/denial.ts";
import { parseCommand } from "../../core/grammar/parse.ts";
import type { Command } from "../../core/grammar/spec.ts";
import { readWords, type Tool, type Words } from "../../core/grammar/words.ts";
import { isLongClass } from "../../core/limits.ts";

interface Settled {
  kind: "settled";
  argv: readonly string[];
  stdin?: string | undefined;
  /** The words without data, for the log. */
  logged?: readonly string[];
  object?: string | undefined;
  /** Set when a person must be asked first. */
  asked?: Asked | undefined;
  execute: (signal: AbortSignal, sink: Sink) => Promise<Outcome>;
}
export type Settling = Settled | ({ kind: "denied" } & Denial);

export interface ToolDeps {
  tool: Tool;
  readWords?: (args: readonly string[]) => Words;
  settle: (command: Command, call: Call) => Promise<Settling> | Settling;
}
const close = () => Promise.resolve();
const NOWHERE = { root: "/nowhere", cwd: "/nowhere" };

/** One decision for every call of a tool. */
export function createToolDecide({ tool, settle, readWords: read = (args) => readWords(tool, args) }: ToolDeps) {
  return async (call: Call): Promise<Decision> => {
    const refuse = (denial: Denial, target: Target): Decision => ({
      kind: "deny",
      rule: denial.rule,
      text: denialText(tool.name, call.args, denial),
      target,
    });
    const words = read(call.args);
    if (words.kind === "denied") return refuse(words, { commandId: "unknown" });
    if (words.kind === "answer") return { kind: "answer", stdout: words.text, target: { commandId: "help" } };
    const commandId = `${tool.name}.${words.spec.id}`;
    const parsed = parseCommand(words.spec, words.argv, NOWHERE);
    if (parsed.kind === "refused") return refuse(parsed, { commandId });
    const settled = await settle(parsed.command, call);
    if (settled.kind === "denied") return refuse(settled, { commandId });
    const { argv, stdin, logged = argv, object, asked, execute } = settled;
    const isLong = isLongClass(words.spec.class);
    const isRead = words.spec.effect === "net-read";
    const runnable = { target: { commandId, object }, canonical: argv, stdin, logged, isLong, isRead, execute };
    return asked === undefined ? { kind: "run", ...runnable, close } : { kind: "ask", asked, ...runnable, close };
  };
}
