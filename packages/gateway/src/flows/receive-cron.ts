/** An authenticated POST /cron becomes one committed event, or the reason why not. */
import type { CronRequest } from "@thor/domain/cron-event";
import type { Clock } from "@thor/kit/flow/clock";
import type { Log } from "@thor/kit/flow/log";
import type { Ledger } from "@thor/ledger/port";

import { cronAdmission, freshKey, mayJoin } from "../core/cron/admit.ts";
import { parseCron, type Detail } from "../core/cron/parse.ts";
import { createStoreEvent } from "./store-event.ts";

const COMMIT_DEADLINE_MS = 8000;

export interface ReceiveCronDeps extends Pick<Ledger, "admit" | "anchorOfKey" | "getEvent"> {
  log: Log;
  clock: Clock;
  newId: () => string;
  md5: (text: string) => string;
  /** The directory below the repositories that a path means; undefined when there is none. */
  resolveDirectory: (path: string) => Promise<{ repo: string; directory: string } | undefined>;
}

export type CronReceived =
  | { kind: "accepted"; correlationKey: string; eventId: string | undefined; duplicate: boolean }
  | { kind: "invalid"; details: Detail[] }
  | { kind: "not_ready" }
  | { kind: "not_stored" };

export function createReceiveCron(deps: ReceiveCronDeps) {
  const keyOf = async ({ correlationKey, prompt }: CronRequest, repo: string, now: number) => {
    const fresh = freshKey(deps.md5(prompt), now);
    if (correlationKey === undefined) return fresh;
    return mayJoin(await deps.anchorOfKey({ correlationKey }), repo) ? correlationKey : fresh;
  };

  const storeEvent = createStoreEvent({
    ...deps,
    deadlineMs: COMMIT_DEADLINE_MS,
    repeatReason: () => "duplicate_delivery",
  });

  const store = async (admission: ReturnType<typeof cronAdmission>): Promise<CronReceived> => {
    const { correlationKey } = admission.event;
    const stored = await storeEvent(admission);
    switch (stored.kind) {
      case "accepted":
        return { kind: "accepted", correlationKey, eventId: stored.eventId, duplicate: false };
      case "duplicate": {
        const { eventId } = stored;
        const first = eventId === undefined ? undefined : await deps.getEvent({ eventId });
        return { kind: "accepted", correlationKey: first?.correlationKey ?? correlationKey, eventId, duplicate: true };
      }
      case "not_ready":
      case "not_stored":
        return { kind: stored.kind };
    }
  };

  return async (body: unknown, idempotencyHeader: unknown): Promise<CronReceived> => {
    const parsed = parseCron(body, idempotencyHeader);
    if (parsed.kind === "invalid") return parsed;
    const { request, idempotencyKey } = parsed;
    const place = await deps.resolveDirectory(request.directory);
    if (place === undefined) {
      const message = "is no existing directory below the workspace's repos";
      return { kind: "invalid", details: [{ path: ["directory"], message }] };
    }
    const now = deps.clock.now();
    const correlationKey = await keyOf(request, place.repo, now);
    const deliveryKey = idempotencyKey ?? `cron:${deps.newId()}`;
    return store(cronAdmission({ deliveryKey, correlationKey, now, prompt: request.prompt, place }));
  };
}
export type ReceiveCron = ReturnType<typeof createReceiveCron>;
