/** Where a conversation works: its stamp, or the repository that routing chooses once and for all. */
import type { QueuedEvent } from "@thor/domain/queue";
import type { Ledger } from "@thor/ledger/port";

import type { Routing } from "../core/prompt/slack.ts";
import type { Routed } from "../core/routing.ts";
import { slackPlaceOf } from "../core/slack/place.ts";

export interface PlaceDeps extends Pick<Ledger, "anchorById" | "stampDirectory"> {
  /** The repository of a new conversation; `channel` is where its first event was said. */
  route: (channel: string) => Promise<Routed>;
  directoryExists: (directory: string) => Promise<boolean>;
}

export type Placed = { kind: "placed"; directory: string; routing?: Routing } | { kind: "unplaced"; reason: string };

export function createPlace(deps: PlaceDeps) {
  return async (anchorId: string, batch: readonly QueuedEvent[]): Promise<Placed> => {
    const anchor = await deps.anchorById({ anchorId });
    if (anchor?.directory !== undefined) {
      const exists = await deps.directoryExists(anchor.directory);
      return exists
        ? { kind: "placed", directory: anchor.directory }
        : { kind: "unplaced", reason: "directory_missing" };
    }
    const first = batch.map(slackPlaceOf).find((found) => found !== undefined);
    if (first === undefined) return { kind: "unplaced", reason: "directory_missing" };
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
