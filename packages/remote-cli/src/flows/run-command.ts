/** The way of every call: decide, write down, wait for room, run, take secrets out, write down. No tool is named here. */
import type { ExecResult } from "@thor/domain/exec";
import type { Clock } from "@thor/kit/flow/clock";
import type { Log } from "@thor/kit/flow/log";
import { assertNever } from "@thor/kit/pure/assert-never";

import type { Ask, Call, Decision, Outcome, Sink } from "../core/call.ts";
import { busy, failure } from "../core/exec-result.ts";
import { refusalEvent } from "../core/log-event.ts";
import { createRedactor, redactText, type HeldSecret } from "../core/outbound/redact-output.ts";
import type { Noted } from "./audit-record.ts";
import type { CallAudit } from "./call-audit.ts";
import type { CallGate } from "./call-gate.ts";

const CANCELLED = 130;
const NO_AUDIT = "the audit store is unavailable";

export type Decide = (call: Call) => Promise<Decision>;
export interface Reply {
  status: 200 | 400 | 429 | 503;
  result: ExecResult;
}
export interface RunCommandDeps {
  log: Log;
  clock: Clock;
  gate: CallGate;
  audit: CallAudit;
  heldSecrets: () => readonly HeldSecret[];
  /** Asks people for a yes, or runs at once under one that was given for a while. */
  requestApproval: (call: Call, ask: Ask) => Running["execute"];
}
/** How one call is watched: cancelled from outside, and its output shown as it comes. */
export interface Watch {
  signal: AbortSignal;
  /** Called once before the first output, when it is certain that the call runs. */
  onStart: () => void;
  onOutput: Sink;
}

function redactedSink(heldSecrets: () => readonly HeldSecret[], onOutput: Sink) {
  const redactors = { stdout: createRedactor(heldSecrets), stderr: createRedactor(heldSecrets) };
  const all = { stdout: "", stderr: "" };
  const show = (stream: "stdout" | "stderr", text: string) => {
    if (text === "") return;
    all[stream] += text;
    onOutput(stream, text);
  };
  return {
    sink: (stream: "stdout" | "stderr", text: string) => show(stream, redactors[stream].push(text)),
    end: () => {
      show("stdout", redactors.stdout.end());
      show("stderr", redactors.stderr.end());
      return { ...all, redactions: redactors.stdout.count() + redactors.stderr.count() };
    },
  };
}

type Running = Extract<Decision, { kind: "run" }>;

async function execute(
  deps: RunCommandDeps,
  run: Running,
  { noted, watch }: { noted: Noted; watch: Watch },
): Promise<Reply> {
  const { clock } = deps;
  const startedAt = clock.now();
  if (run.isPlain !== true) watch.onStart();
  const output = redactedSink(deps.heldSecrets, watch.onOutput);
  const outcome = await run.execute(watch.signal, output.sink);
  const { stdout, stderr, redactions } = output.end();
  const shown: Outcome = { ...outcome, stdout, stderr };
  const taken = redactions + (outcome.redactions ?? 0);
  await deps.audit.finish(noted, shown, { redactions: taken, durationMs: clock.now() - startedAt });
  return { status: 200, result: { stdout, stderr, exitCode: outcome.exitCode } };
}

/** Says what starts, in words that hold no secret. */
function noteStart({ log, heldSecrets }: RunCommandDeps, run: Running, noted: Noted & { waitedMs: number }): void {
  const { call, target, waitedMs } = noted;
  const argv = (run.logged ?? run.canonical).map((word) => redactText(heldSecrets, word));
  const facts = { callId: call.id, tool: call.tool, command: target.commandId, argv, waitedMs };
  log.info({ event: "exec_started", ...facts }, "call started");
}

/** Binds the way of a call to what it needs on the way. */
export function createRunCommand(deps: RunCommandDeps) {
  const { log } = deps;

  const enterAndRun = async (run: Running, noted: Noted, watch: Watch): Promise<Reply> => {
    const { caller } = noted.call;
    const askedAt = deps.clock.now();
    const session = caller.kind === "session" ? caller.sessionId : "service";
    const entered = await deps.gate.enter({ session, isLong: run.isLong === true }, watch.signal);
    if (entered.kind === "cancelled") return { status: 200, result: failure("cancelled", CANCELLED) };
    if (entered.kind === "busy") {
      log.warn({ event: "exec_busy", callId: noted.call.id }, "call not admitted");
      return { status: 429, result: busy("too many calls at once; try again") };
    }
    try {
      if (!(await deps.audit.decide(noted))) return { status: 503, result: busy(NO_AUDIT) };
      noteStart(deps, run, { ...noted, waitedMs: deps.clock.now() - askedAt });
      return await execute(deps, run, { noted, watch });
    } finally {
      entered.leave();
    }
  };

  const deny = async ({ rule, text, target }: Extract<Decision, { kind: "deny" }>, call: Call): Promise<Reply> => {
    const facts = { callId: call.id, tool: call.tool, command: target.commandId, rule };
    const watched = refusalEvent(rule);
    log.info({ event: "exec_denied", ...facts, decision: "deny", ended: "denied" }, "call refused");
    if (watched !== undefined) log.warn({ event: watched, ...facts }, "call refused");
    const noted: Noted = { call, target, decision: "deny", rule, canonical: call.args, stdin: call.stdin };
    const isNoted = await deps.audit.decide(noted);
    return isNoted ? { status: 400, result: failure(text) } : { status: 503, result: busy(NO_AUDIT) };
  };

  const admit = async (run: Running, call: Call, { decision, watch }: { decision: "allow" | "ask"; watch: Watch }) => {
    const { canonical, stdin, target, isRead } = run;
    try {
      return await enterAndRun(run, { call, target, decision, canonical, stdin, isRead }, watch);
    } finally {
      await run.close();
    }
  };

  return async (decide: Decide, call: Call, watch: Watch): Promise<Reply> => {
    const decision = await decide(call);
    switch (decision.kind) {
      case "deny":
        return deny(decision, call);
      case "answer":
        return { status: 200, result: { stdout: decision.stdout, stderr: "", exitCode: 0 } };
      case "run":
        return admit(decision, call, { decision: "allow", watch });
      case "ask": {
        const asking = { ...decision, kind: "run" as const, execute: deps.requestApproval(call, decision) };
        const quiet = { ...watch, onStart: () => undefined, onOutput: () => undefined };
        return admit(asking, call, { decision: "ask", watch: quiet });
      }
      default:
        return assertNever(decision);
    }
  };
}
export type RunCommand = ReturnType<typeof createRunCommand>;
