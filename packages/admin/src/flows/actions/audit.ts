/** Walking the chain: once at a time, beside everything else, with a result that everybody sees. */
import type { Log } from "@thor/kit/flow/log";
import type { Ledger } from "@thor/ledger/port";

import { headIn, VERIFIED_KEY, type Verified } from "../../core/verified.ts";
import { type Action, doneOf, one } from "./action.ts";

export interface VerifyDeps extends Pick<Ledger, "setSetting"> {
  log: Log;
  now: () => number;
  verify: (
    expect: { seq: number; hash: string } | undefined,
  ) => Promise<{ kind: "intact" | "broken"; seq: number; hash?: string; why?: string }>;
}

export function auditActions(deps: VerifyDeps): Action[] {
  let running: Promise<void> | undefined;
  const keep = (verified: Verified) => deps.setSetting({ key: VERIFIED_KEY, value: verified, by: verified.by });

  const walk = async (by: string, expect: { seq: number; hash: string } | undefined) => {
    try {
      const { kind, seq, hash, why } = await deps.verify(expect);
      await keep({ kind, seq, hash, why, at: deps.now(), by });
    } catch (err) {
      deps.log.error({ event: "audit_verify_failed", err }, "the audit chain could not be verified");
      await keep({ kind: "broken", seq: 0, why: "it could not be read to its end", at: deps.now(), by });
    }
  };

  return [
    {
      path: "/audit/verify",
      event: "audit.verify",
      back: () => "/admin/audit",
      run: async ({ fields, email }, proof) => {
        const text = one(fields, "expect");
        const expect = headIn(text);
        if (text !== undefined && expect === undefined)
          return { kind: "invalid", text: "An expected head is written seq:hash." };
        if (running !== undefined) return { kind: "refused", text: "It is being verified already." };
        const at = deps.now();
        const value: Verified = { kind: "running", at, by: email };
        const begun = await deps.setSetting(
          { key: VERIFIED_KEY, value, by: email },
          proof({ target: text ?? "whole chain" }),
        );
        if (begun.kind !== "set") return doneOf(begun, "");
        running = walk(email, expect).finally(() => {
          running = undefined;
        });
        return { kind: "done", text: "It is being verified; this page shows the result." };
      },
    },
  ];
}
