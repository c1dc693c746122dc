import type { Log } from "@thor/kit/flow/log";
import type { Ledger, Refs } from "@thor/ledger/port";

import type { GithubReceived } from "./received.ts";

/** What a delivery says about itself, proven to be plain names. */
export interface Delivery {
  key: string;
  eventType: string;
  bodyDigest: string;
}

/** Records that a delivery was heard and why it is nothing to Thor: ids and a reason, no words. */
export const createIgnore =
  (deps: Pick<Ledger, "recordIgnored"> & { log: Log }) =>
  async ({ key, eventType }: Delivery, reason: string, refs: Refs = {}): Promise<GithubReceived> => {
    await deps.recordIgnored({ provider: "github", deliveryKey: key, reason, eventType, refs });
    const facts = { provider: "github", deliveryId: key, outcome: "ignored", reason };
    deps.log.info({ event: "github_event_ignored", ...facts }, "GitHub event ignored");
    return { kind: "ignored", reason };
  };
export type Ignore = ReturnType<typeof createIgnore>;
