/** Looks up for whom an issue is made; never a reason to refuse the call. */
import type { ApproveTool, Arguments } from "@thor/integrations/manifest";
import type { AuditInput } from "@thor/ledger/port";

import type { KnownPerson } from "../../core/access/person.ts";
import type { Call, Caller } from "../../core/call.ts";
import { attributionFrom } from "../../core/mcp/attribution.ts";
import type { Connection } from "./connection.ts";

const LOOK_UP_MS = 5000;

export interface AttributeDeps {
  personOf: (caller: Caller) => KnownPerson | undefined;
  note: (record: AuditInput) => Promise<boolean>;
}
interface Asked {
  call: Call;
  caller: Extract<Caller, { kind: "session" }>;
  connection: Connection;
  approve: ApproveTool | undefined;
  authored: Arguments;
}

const lookUp = async ({ connection }: Asked, wanted: NonNullable<ApproveTool["attribution"]>, email: string) => {
  const signal = AbortSignal.timeout(LOOK_UP_MS);
  const args = { [wanted.query]: email };
  return attributionFrom(await connection.call(wanted.lookUp, args, { signal, timeoutMs: LOOK_UP_MS }));
};

export const createAttribute = ({ personOf, note }: AttributeDeps) => {
  /** The argument that names the person, or none. */
  return async (asked: Asked): Promise<Arguments> => {
    const { call, caller, approve, authored } = asked;
    const wanted = approve?.attribution;
    if (wanted === undefined || authored[wanted.field] !== undefined) return {};
    if (call.approved !== undefined) {
      const before = call.approved.injected[wanted.field];
      return before === undefined ? {} : { [wanted.field]: before };
    }
    const person = personOf(caller);
    if (person === undefined) return {};
    const found = await lookUp(asked, wanted, person.email);
    await note({
      service: "remote-cli",
      event: "attribution_applied",
      actorKind: "agent",
      actor: caller.sessionId,
      anchorId: caller.anchorId,
      sessionId: caller.sessionId,
      target: "jira-assignee",
      decision: found.kind === "applied" ? "applied" : "api_rejected",
      ...(found.kind === "skipped" ? { reason: found.why } : {}),
      requestId: call.id,
    });
    return found.kind === "applied" ? { [wanted.field]: found.accountId } : {};
  };
};
export type Attribute = ReturnType<typeof createAttribute>;
