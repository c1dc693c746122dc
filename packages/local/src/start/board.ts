/** What the start says: a line for each change for people, an object for each change with `--json`. */
import type { ChildState } from "./supervise.ts";

export interface Board {
  state: (name: string, state: ChildState, detail?: string) => void;
  say: (text: string) => void;
  ready: (facts: Readonly<Record<string, unknown>>, lines: readonly string[]) => void;
}

export function createBoard(write: (text: string) => void, isJson: boolean): Board {
  const emit = (object: Readonly<Record<string, unknown>>) => write(`${JSON.stringify(object)}\n`);
  if (isJson)
    return {
      state: (name, state, detail) => emit({ type: "state", name, state, ...(detail === undefined ? {} : { detail }) }),
      say: (text) => emit({ type: "note", text }),
      ready: (facts) => emit({ type: "ready", ...facts }),
    };
  return {
    state: (name, state, detail = "") => write(`  ${name.padEnd(12)} ${state.padEnd(11)}${detail}\n`),
    say: (text) => write(`${text}\n`),
    ready: (_facts, lines) => write(`${lines.join("\n")}\n`),
  };
}
