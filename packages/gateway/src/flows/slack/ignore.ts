import type { Log } from "@thor/kit/flow/log";
import type { Ledger, Refs } from "@thor/ledger/port";

import type { Delivery } from "../../core/slack/envelope.ts";
import type { Received } from "../store-event.ts";

/** Records that a delivery was heard and why it is nothing to Thor: ids and a reason, no words. */
export const createIgnore =
  (deps: Pick<Ledger, "recordIgnored"> & { log: Log }) =>
  async (delivery: Delivery, reason: string, refs: Refs = {}): Promise<Received> => {
    const { id: deliveryKey, eventType } = delivery;
    await deps.recordIgnored({ provider: "slack", deliveryKey, reason, eventType, refs });
    deps.log.info({ event: "event_ignored", provider: "slack", deliveryId: deliveryKey, reason }, "event ignored");
    return { kind: "ignored", reason, eventType };
  };
export type Ignore = ReturnType<typeof createIgnore>;
