import type { ExecResult } from "@thor/domain/exec";
import type { JsonAnswer } from "@thor/kit/pure/json-answer";

/** A command of git or gh, run in a clone where the credentials are. */
export interface Command {
  bin: "gh" | "git";
  args: readonly string[];
  cwd: string;
}
export type RemoteExec = (command: Command) => Promise<JsonAnswer<ExecResult>>;
