import type { Log } from "@thor/kit/flow/log";
import type { Ledger, Refs } from "@thor/ledger/port";

import { ignoredEvent } from "../../core/log-events.ts";
import type { Delivery } from "../../core/slack/envelope.ts";
import type { Received } from "./received.ts";

/** Records that a delivery was heard and why it is nothing to Thor: ids and a reason, no words. */
export const createIgnore =
  (deps: Pick<Ledger, "recordIgnored"> & { log: Log }) =>
  async (delivery: Delivery, reason: string, refs: Refs = {}): Promise<Received> => {
    const { id: deliveryKey, eventType } = delivery;
    await deps.recordIgnored({ provider: "slack", deliveryKey, reason, eventType, refs });
    const facts = { provider: "slack", deliveryId: deliveryKey, outcome: "ignored", reason };
    deps.log.info({ event: ignoredEvent(reason), ...facts }, "event ignored");
    return { kind: "ignored", reason, eventType };
  };
export type Ignore = ReturnType<typeof createIgnore>;
