/** What the audit says about a call: who, what shape, which decision; never a value. */
import { canonicalJson } from "@thor/kit/pure/canonical-json";
import type { AuditInput } from "@thor/ledger/port";

import type { Call, Target } from "../core/call.ts";

export interface Noted {
  call: Call;
  target: Target;
  decision: string;
  rule?: string | undefined;
  canonical: readonly string[];
  stdin?: string | undefined;
  isRead?: boolean | undefined;
}
export interface RecordTools {
  digest: (text: string) => string;
  policyRev: string;
}

/** Option names, counts and lengths: enough to see what kind of call it was. */
function shapeOf(argv: readonly string[]): string {
  const parts = argv.map((word) => (/^--?[A-Za-z-]+/.test(word) ? (word.split("=")[0] ?? "") : `<${word.length}>`));
  return parts.join(" ").slice(0, 500);
}

const whoOf = ({ caller }: Call): Pick<AuditInput, "actorKind" | "actor" | "anchorId" | "sessionId" | "triggerId"> =>
  caller.kind === "service"
    ? { actorKind: "service", actor: "internal" }
    : {
        actorKind: "agent",
        actor: caller.sessionId,
        anchorId: caller.anchorId,
        sessionId: caller.sessionId,
        triggerId: caller.trigger?.id,
      };

/** Names the very call: its canonical arguments and what it was given to read. */
export const argsDigestOf = (
  canonical: readonly string[],
  stdin: string | undefined,
  digest: (text: string) => string,
) => digest(canonicalJson([canonical, stdin ?? null]));

/** The row written before anything runs, or about a refusal. */
export function decidedRecord(noted: Noted, { digest, policyRev }: RecordTools): AuditInput {
  const { call, target, decision, rule, canonical, stdin } = noted;
  return {
    service: "remote-cli",
    event: decision === "deny" ? "exec_denied" : "exec_decided",
    ...whoOf(call),
    target: [call.tool, target.commandId, ...(target.object === undefined ? [] : [target.object])].join(" "),
    decision,
    rule,
    policyRev,
    argsDigest: argsDigestOf(canonical, stdin, digest),
    argsShape: shapeOf(canonical),
    requestId: call.id,
  };
}

export interface Finished {
  ended: string;
  exitCode: number;
  result: { digest: string; bytes: number };
  redactions: number;
  durationMs: number;
}

/** The row written after it ended. */
export function finishedRecord(noted: Noted, tools: RecordTools, finished: Finished): AuditInput {
  const { ended, exitCode, result, redactions, durationMs } = finished;
  return {
    ...decidedRecord(noted, tools),
    event: "exec_finished",
    resultDigest: result.digest,
    resultBytes: result.bytes,
    redactions,
    durationMs: Math.round(durationMs),
    detail: { exitCode, ended },
  };
}

/** The row about a call that came without a right to act. */
export const rejectionRecord = (requestId: string): AuditInput => ({
  service: "remote-cli",
  event: "auth_rejected",
  actorKind: "agent",
  actor: "unknown",
  target: "exec",
  decision: "deny",
  rule: "unauthorized",
  requestId,
});
