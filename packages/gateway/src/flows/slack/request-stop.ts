/** A wish to stop becomes one durable row, whoever wishes and however often; the runner carries it out and reports. */
import { controlStream, type StopRequest } from "@thor/domain/outbox";
import type { Ledger } from "@thor/ledger/port";

export interface RequestStopDeps extends Pick<Ledger, "enqueueOutbox" | "liveWork"> {}

/** A stopped run may have been resumed and stopped again; more often than this nobody needs a row of its own. */
const MAX_STOPS = 50;

export const createRequestStop =
  ({ enqueueOutbox, liveWork }: RequestStopDeps) =>
  async (
    request: Omit<StopRequest, "kind" | "triggerId"> & { anchorId: string },
  ): Promise<{ kind: "requested" } | { kind: "nothing_to_stop" }> => {
    const { anchorId, ...asked } = request;
    const { triggerId, newestEventId } = await liveWork({ anchorId });
    const subject = triggerId ?? newestEventId;
    if (subject === undefined) return { kind: "nothing_to_stop" };
    const payload: StopRequest = { kind: "control.stop", ...asked, ...(triggerId === undefined ? {} : { triggerId }) };
    for (let settled = 0; settled < MAX_STOPS; settled += 1) {
      const dedupeKey = `stop:${subject}:${settled}`;
      const row = { kind: payload.kind, stream: controlStream(anchorId), dedupeKey, payload, anchorId };
      const enqueued = await enqueueOutbox(triggerId === undefined ? row : { ...row, triggerId });
      if (enqueued.kind === "unavailable" || enqueued.kind === "overloaded")
        throw new Error(`a stop: ${enqueued.kind}`);
      const isSettled = enqueued.kind === "exists" && (enqueued.state === "done" || enqueued.state === "failed");
      if (!isSettled) return { kind: "requested" };
    }
    return { kind: "requested" };
  };
export type RequestStop = ReturnType<typeof createRequestStop>;
