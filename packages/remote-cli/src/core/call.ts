/** One call as all tools see it: who asks, what is asked, and what may come of it. */
import type { Actor } from "@thor/domain/actor";
import type { ExecResult } from "@thor/domain/exec";
import type { Json } from "@thor/domain/json";

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
  /**
   * Set when an approved action is decided again: what Thor added then (`Action.injected`), so that nothing is looked
   * up twice. The caller's trigger is the one that asked.
   */
  approved?: { injected: JsonObject } | undefined;
}

export type JsonObject = Readonly<Record<string, Json>>;

/** What a person is asked to allow: all that will run, and what has to be the same when it does. */
export interface Action {
  /** Where it executes: an upstream, `gh` or `aws`. */
  store: string;
  tool: string;
  /** The store with its credentials, e.g. `atlassian:GLOBAL`. */
  targetKey: string;
  /** Effective arguments: authored and added. */
  args: JsonObject;
  /** What Thor added, by name. */
  injected: JsonObject;
  /** What else must be unchanged: origin, canonical argv, directory, account. */
  context: JsonObject;
  title: string;
  /** Arguments that are shown first, in this order. */
  fields: readonly string[];
  /** The authored text of each field that a reviewer may change. */
  editable: Readonly<Record<string, string>>;
  /** The same call with changed fields. */
  edited: (fields: Readonly<Record<string, string>>) => Pick<Call, "args" | "stdin">;
  /** Never covered by a grant. */
  alwaysAsk: boolean;
  /** Slack asks once more before Approve counts. */
  confirm: boolean;
}

type Ended = "exit" | "timeout" | "capped" | "cancelled" | "spawn_failed";
/** `sideEffectAttempted` is false only when the request certainly never left. */
export interface Outcome extends ExecResult {
  ended: Ended;
  /** Credentials taken out before the output was handed on. */
  redactions?: number | undefined;
}

/** What is written to the audit about the object of a call. */
export interface Target {
  commandId: string;
  object?: string | undefined;
}

export type Sink = (stream: "stdout" | "stderr", text: string) => void;

/** What a command line asks a person for; `core/approval/action.ts` makes the action of it. */
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
  /** What the service's log shows instead, where `canonical` holds data. */
  logged?: readonly string[];
  /** It may run for long, and a session has few of those at once. */
  isLong?: boolean;
  /** Its answer is one result, also where the route streams. */
  isPlain?: boolean;
  /** It changes nothing anywhere: how it ended may be recorded a moment after the answer. */
  isRead?: boolean;
  execute: (signal: AbortSignal, sink: Sink) => Promise<Outcome>;
  /** Gives back what was opened while deciding; called whether it ran or not. */
  close: () => Promise<void>;
}

export type Decision =
  | { kind: "deny"; rule: string; text: string; target: Target }
  | { kind: "answer"; stdout: string; target: Target }
  /** A person decides; `execute` is for when one has said yes. */
  | ({ kind: "ask"; asked: Asked | Action } & Runnable)
  | ({ kind: "run" } & Runnable);
export type Ask = Extract<Decision, { kind: "ask" }>;
