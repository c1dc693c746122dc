/** Ends executions whose process died: they are told as failed, and never run again. */
import type { Log } from "@thor/kit/flow/log";
import type { Ledger } from "@thor/ledger/port";

import type { Execution } from "./execution.ts";
import type { Hold } from "./hold.ts";

export interface RecoverDeps extends Pick<Ledger, "listApprovals" | "approvalById"> {
  log: Log;
  hold: Hold;
  execution: Execution;
}

const EVERY_MS = 3000;
const BATCH = 200;

export const createRecover = (deps: RecoverDeps) => async (): Promise<number> => {
  const { rows } = await deps.listApprovals({ state: "executing", limit: BATCH });
  for (const { id } of rows) {
    await deps.hold(id, async () => {
      const record = await deps.approvalById({ id });
      if (record?.state !== "executing") return;
      deps.log.warn({ event: "approval_abandoned", approval: id }, "an execution ended with its process");
      await deps.execution.abandon(record);
    });
  }
  return EVERY_MS;
};
