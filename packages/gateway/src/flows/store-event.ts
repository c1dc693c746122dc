/** The one way in: an admission becomes a committed event, and the outcome is what the sender hears. */
import type { Clock } from "@thor/kit/flow/clock";
import { withinTime } from "@thor/kit/flow/deadline";
import type { Log } from "@thor/kit/flow/log";
import type { AdmitInput, Ledger } from "@thor/ledger/port";

import { acceptedEvent, duplicateEvent } from "../core/log-events.ts";

/** How storing an admission ended. */
export type Stored =
  | { kind: "accepted"; eventId: string }
  | { kind: "duplicate"; reason: string; eventId?: string | undefined }
  | { kind: "not_ready"; error: "overloaded" }
  | { kind: "not_stored" };

export interface StoreEventDeps extends Pick<Ledger, "admit"> {
  log: Log;
  clock: Pick<Clock, "now">;
  /** How long the sender waits; past it the copy that is sent again does the work. */
  deadlineMs: number;
  /** What a second copy of a content is called when it is not the same delivery. */
  repeatReason: (admission: AdmitInput) => string;
}

/** Commits an admission before the sender hears of it. */
export const createStoreEvent =
  ({ admit, log, clock, deadlineMs, repeatReason }: StoreEventDeps) =>
  async (admission: AdmitInput): Promise<Stored> => {
    const startedAt = clock.now();
    const outcome = await withinTime(admit(admission), deadlineMs);
    const { provider, deliveryKey: deliveryId } = admission;
    switch (outcome.kind) {
      case "accepted": {
        const { eventId, lane } = outcome;
        const took = { tookMs: clock.now() - startedAt, outcome: "accepted", reason: "received" };
        const facts = { provider, deliveryId, eventId, lane, ...took };
        log.info({ event: acceptedEvent(provider), ...facts }, "event accepted");
        if (admission.event.gate === "pending")
          log.info({ event: "event_deferred_pending_privacy", deliveryId, eventId }, "waits for what Slack says");
        return { kind: "accepted", eventId };
      }
      case "duplicate": {
        const reason = outcome.by === "delivery" ? "duplicate_delivery" : repeatReason(admission);
        log.info({ event: duplicateEvent(reason), provider, deliveryId, reason }, "event is a duplicate");
        return { kind: "duplicate", reason, eventId: outcome.eventId };
      }
      case "overloaded":
      case "late":
        return { kind: "not_ready", error: "overloaded" };
      case "unavailable":
        log.error({ event: "event_enqueue_failed", deliveryId, error: outcome.error }, "event could not be stored");
        return { kind: "not_stored" };
    }
  };
export type StoreEvent = ReturnType<typeof createStoreEvent>;
