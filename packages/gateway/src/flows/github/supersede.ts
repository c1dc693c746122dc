/** A newer check suite of a pull request makes the ones pointless that still wait for the same checks. */
import type { Claim } from "@thor/domain/queue";
import type { Ledger } from "@thor/ledger/port";

import { pendingKindOf } from "../../core/github/keys.ts";

const MAX_WAITING = 200;

/** Ends what waits in the lane of a claim and is older than its newest event; the claim keeps the lane still meanwhile. */
export const createSupersede =
  ({ listEvents, cancelReady }: Pick<Ledger, "listEvents" | "cancelReady">) =>
  async ({ lane, items }: Pick<Claim, "lane" | "items">): Promise<void> => {
    const newest = items.at(-1);
    if (newest === undefined || pendingKindOf(newest.correlationKey) !== "suite") return;
    const waiting = await listEvents({ lane, state: "ready", limit: MAX_WAITING });
    for (const { sourceAt, refs } of waiting.rows) {
      const { messageKey } = refs;
      if (sourceAt > newest.sourceAt || typeof messageKey !== "string") continue;
      await cancelReady({ provider: "github", messageKey, reason: "superseded", by: "gateway" });
    }
  };
