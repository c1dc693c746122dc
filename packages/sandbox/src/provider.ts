/** What a place for sandboxes must be able to do; the engine knows nothing else about it. */
import type { Found } from "./pure/choose.ts";

export interface Command {
  /** Text for bash. */
  text: string;
  /** One of the engine's own: it sees `TRANSFER`, and no login shell stands before it. */
  isOwn: boolean;
}
export interface CommandWatch {
  signal: AbortSignal;
  /** Between asking a cancelled command to end and ending it. */
  graceMs: () => number;
  onOutput: (stream: "stdout" | "stderr", chunk: Uint8Array) => void;
}

/** Where files of the engine lie inside a sandbox. */
export const TRANSFER = "/tmp/thor";

export interface Provider {
  name: "local" | "daytona";
  /** Sandboxes of this installation, of one worktree or all. */
  list: (root?: string) => Promise<readonly Found[]>;
  create: (wanted: { root: string; anchor: string }) => Promise<Found>;
  /** Resolves when it has started. */
  start: (found: Found) => Promise<void>;
  /** Frees what it computes with; says whether the sandbox is still there afterwards. */
  stop: (found: Found) => Promise<"kept" | "removed">;
  remove: (found: Found) => Promise<void>;
  setSha: (found: Found, sha: string) => Promise<void>;
  /** Hands a file of this machine over, to a name below `TRANSFER`. */
  put: (found: Found, from: string, name: string) => Promise<void>;
  /** Takes a file away from below `TRANSFER`; more than `maxBytes` is an error. */
  get: (found: Found, name: string, maxBytes: number) => AsyncIterable<Uint8Array>;
  /** Runs text to its end and answers its exit code; after a cancel nothing of it is left. */
  exec: (found: Found, command: Command, watch: CommandWatch) => Promise<number>;
  /** Whether what runs there has a way to the network. */
  isOnline: boolean;
  close: () => Promise<void>;
}
