/** Where a conversation works: its stamp, or the repository that routing chooses once and for all. */
import type { QueuedEvent } from "@thor/domain/queue";
import type { Ledger } from "@thor/ledger/port";

import { cronPlaceOf } from "../core/cron/place.ts";
import type { Routing } from "../core/prompt/slack.ts";
import type { Routed } from "../core/routing.ts";
import { slackPlaceOf } from "../core/slack/place.ts";

export interface PlaceDeps extends Pick<Ledger, "anchorById" | "stampDirectory"> {
  /** The repository of a new conversation; `channel` is where its first event was said. */
  route: (channel: string) => Promise<Routed>;
  directoryExists: (directory: string) => Promise<boolean>;
}

export type Placed = { kind: "placed"; directory: string; routing?: Routing } | { kind: "unplaced"; reason: string };

/** The directory that a schedule asked for, when no message of a person says where to work. */
const createPlaceCron =
  ({ directoryExists, stampDirectory }: PlaceDeps) =>
  async (anchorId: string, batch: readonly QueuedEvent[]): Promise<Placed> => {
    const asked = batch.map(cronPlaceOf).find((found) => found !== undefined);
    if (asked === undefined || !(await directoryExists(asked.directory)))
      return { kind: "unplaced", reason: "directory_missing" };
    const stamped = await stampDirectory({ anchorId, ...asked, by: batch[0]?.id ?? "" });
    if (stamped.kind === "already") return { kind: "placed", directory: stamped.directory };
    if (stamped.kind !== "stamped") throw new Error(`stamping the directory: ${stamped.kind}`);
    return { kind: "placed", directory: asked.directory };
  };

export function createPlace(deps: PlaceDeps) {
  const placeCron = createPlaceCron(deps);
  return async (anchorId: string, batch: readonly QueuedEvent[]): Promise<Placed> => {
    const anchor = await deps.anchorById({ anchorId });
    if (anchor?.directory !== undefined) {
      const exists = await deps.directoryExists(anchor.directory);
      return exists
        ? { kind: "placed", directory: anchor.directory }
        : { kind: "unplaced", reason: "directory_missing" };
    }
    const first = batch.map(slackPlaceOf).find((found) => found !== undefined);
    if (first === undefined) return placeCron(anchorId, batch);
    const routed = await deps.route(first.channel);
    if (routed.kind === "missing")
      return { kind: "unplaced", reason: `directory_missing: ${routed.repo} is not cloned` };
    const { directory, routing } = routed;
    const stamped = await deps.stampDirectory({ anchorId, repo: routing.repo, directory, by: batch[0]?.id ?? "" });
    if (stamped.kind === "already") return { kind: "placed", directory: stamped.directory };
    if (stamped.kind !== "stamped") throw new Error(`stamping the directory: ${stamped.kind}`);
    return { kind: "placed", directory, routing };
  };
}
