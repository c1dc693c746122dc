/** One call as all tools see it: who asks, what is asked, and what may come of it. */
import type { Actor } from "@thor/domain/actor";
import type { ExecResult } from "@thor/domain/exec";

/** Who asks. Thor's own services act for no conversation. */
export type Caller =
  | { kind: "service" }
  | {
      kind: "session";
      sessionId: string;
      /** The session itself and those above it, for cancelling. */
      lineage: readonly string[];
      anchorId: string;
      repo?: string | undefined;
      channels: readonly string[];
      /** The newest run: its trigger is what posts and commits are done for. */
      trigger?: { id: string; requesters: readonly Actor[]; isOpen: boolean } | undefined;
      profile: string | undefined;
    };

export interface Call {
  id: string;
  tool: string;
  caller: Caller;
  args: readonly string[];
  cwd?: string | undefined;
  stdin?: string | undefined;
  /** Files that only the agent's side can read, sent along by name. */
  inlineFiles?: readonly { path: string; dataBase64: string }[] | undefined;
}

type Ended = "exit" | "timeout" | "capped" | "cancelled" | "spawn_failed";
export interface Outcome extends ExecResult {
  ended: Ended;
}

/** What is written to the audit about the object of a call. */
export interface Target {
  commandId: string;
  object?: string | undefined;
}

export type Sink = (stream: "stdout" | "stderr", text: string) => void;

/** What a person is asked to let happen: the engine of approvals stores it and runs the call again after the yes. */
export interface Asked {
  tool: "ghIssueCreate" | "awsExec";
  /** Everything that will happen, by name: what the card shows. */
  args: Readonly<Record<string, unknown>>;
  /** A line that the person must not overlook. */
  warning?: string | undefined;
}

/** A call that may run, now or after a person's yes. */
interface Runnable {
  target: Target;
  /** What will run, as typed values written back: the fingerprint and what `decide` shows. */
  canonical: readonly string[];
  stdin?: string | undefined;
  execute: (signal: AbortSignal, sink: Sink) => Promise<Outcome>;
  /** Gives back what was opened while deciding; called whether it ran or not. */
  close: () => Promise<void>;
}

export type Decision =
  | { kind: "deny"; rule: string; text: string; target: Target }
  | { kind: "answer"; stdout: string; target: Target }
  | ({ kind: "ask"; asked: Asked } & Runnable)
  | ({ kind: "run" } & Runnable);
