/** The one way in: an admission becomes a committed event, and the outcome is what the sender hears. */
import type { Log } from "@thor/kit/flow/log";
import type { AdmitInput, Ledger } from "@thor/ledger/port";

export type Received =
  | { kind: "challenge"; challenge: string }
  | { kind: "accepted"; eventId: string }
  | { kind: "duplicate"; reason: string; eventId?: string | undefined }
  | { kind: "ignored"; reason: string; eventType?: string | undefined }
  | { kind: "not_ready"; error: "slack_not_ready" | "overloaded" }
  | { kind: "not_stored" };

export interface StoreEventDeps extends Pick<Ledger, "admit"> {
  log: Log;
  /** How long the sender waits; past it the copy that is sent again does the work. */
  deadlineMs: number;
  /** What a second copy of a content is called when it is not the same delivery. */
  repeatReason: (admission: AdmitInput) => string;
}

/** Commits an admission before the sender hears of it. */
export const createStoreEvent =
  ({ admit, log, deadlineMs, repeatReason }: StoreEventDeps) =>
  async (admission: AdmitInput): Promise<Received> => {
    const outcome = await withDeadline(admit(admission), deadlineMs);
    const { provider, deliveryKey: deliveryId } = admission;
    switch (outcome.kind) {
      case "accepted": {
        const { eventId, lane } = outcome;
        log.info({ event: "event_accepted", provider, deliveryId, eventId, lane }, "event accepted");
        return { kind: "accepted", eventId };
      }
      case "duplicate": {
        const reason = outcome.by === "delivery" ? "duplicate_delivery" : repeatReason(admission);
        log.info({ event: "event_duplicate", provider, deliveryId, reason }, "event is a duplicate");
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

/** The outcome, or `late` when the commit takes longer than the sender waits. */
async function withDeadline<T>(outcome: Promise<T>, deadlineMs: number): Promise<T | { kind: "late" }> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<{ kind: "late" }>((resolve) => {
    timer = setTimeout(() => resolve({ kind: "late" }), deadlineMs);
  });
  try {
    return await Promise.race([outcome, late]);
  } finally {
    clearTimeout(timer);
  }
}
