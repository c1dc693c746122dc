/** Where a conversation works: its stamp, or the repository that routing chooses once and for all. */
import type { QueuedEvent } from "@thor/domain/queue";
import type { Ledger } from "@thor/ledger/port";

import { cronPlaceOf } from "../core/cron/place.ts";
import { githubPlaceOf } from "../core/github/place.ts";
import type { Routing } from "../core/prompt/slack.ts";
import type { RepoCheck, Routed } from "../core/routing.ts";
import { slackPlaceOf } from "../core/slack/place.ts";

export interface PlaceDeps extends Pick<Ledger, "anchorById" | "stampDirectory"> {
  /** The repository of a new conversation; `channel` is where its first event was said. */
  route: (channel: string) => Promise<Routed>;
  /** Where a repository is cloned. */
  checkRepo: (repo: string) => Promise<RepoCheck>;
  directoryExists: (directory: string) => Promise<boolean>;
}

export type Placed = { kind: "placed"; directory: string; routing?: Routing } | { kind: "unplaced"; reason: string };

interface Chosen {
  kind: "chosen";
  repo: string;
  directory: string;
  /** Told to the agent where a rule has chosen. */
  routing?: Routing;
}

/** The event that a new conversation is about: the first one of a human, else the first. */
const originOf = (batch: readonly QueuedEvent[]) => batch.find(({ human }) => human) ?? batch[0];

const missing = (repo: string) => ({ kind: "unplaced" as const, reason: `directory_missing: ${repo} is not cloned` });

/** Where a conversation without a stamp will work. */
function createChoose({ route, checkRepo, directoryExists }: PlaceDeps) {
  return async (origin: QueuedEvent | undefined): Promise<Chosen | Extract<Placed, { kind: "unplaced" }>> => {
    const issue = origin === undefined ? undefined : githubPlaceOf(origin);
    if (issue !== undefined) {
      const { repo } = issue;
      const checked = await checkRepo(repo);
      return checked.kind === "ok" ? { kind: "chosen", repo, directory: checked.directory } : missing(repo);
    }
    const scheduled = origin === undefined ? undefined : cronPlaceOf(origin);
    if (scheduled !== undefined)
      return (await directoryExists(scheduled.directory))
        ? { kind: "chosen", ...scheduled }
        : { kind: "unplaced", reason: "directory_missing" };
    const said = origin === undefined ? undefined : slackPlaceOf(origin);
    if (said === undefined) return { kind: "unplaced", reason: "directory_missing" };
    const routed = await route(said.channel);
    if (routed.kind === "missing") return missing(routed.repo);
    const { directory, routing } = routed;
    return { kind: "chosen", repo: routing.repo, directory, routing };
  };
}

export function createPlace(deps: PlaceDeps) {
  const choose = createChoose(deps);
  return async (anchorId: string, batch: readonly QueuedEvent[]): Promise<Placed> => {
    const anchor = await deps.anchorById({ anchorId });
    if (anchor?.directory !== undefined) {
      const exists = await deps.directoryExists(anchor.directory);
      return exists
        ? { kind: "placed", directory: anchor.directory }
        : { kind: "unplaced", reason: "directory_missing" };
    }
    const chosen = await choose(originOf(batch));
    if (chosen.kind === "unplaced") return chosen;
    const { repo, directory, routing } = chosen;
    const stamped = await deps.stampDirectory({ anchorId, repo, directory, by: batch[0]?.id ?? "" });
    if (stamped.kind === "already") return { kind: "placed", directory: stamped.directory };
    if (stamped.kind !== "stamped") throw new Error(`stamping the directory: ${stamped.kind}`);
    return { kind: "placed", directory, ...(routing === undefined ? {} : { routing }) };
  };
}
