import type { Clock } from "@thor/kit/flow/clock";

import type { Trusted } from "../core/git/origin.ts";
import type { RepositoryPlace } from "../core/git/place.ts";
import { recordedDefault } from "./git-facts.ts";
import type { GithubApp } from "./github-app.ts";

const TTL_MS = 3_600_000;

/** The default branch of a repository: as the clone recorded it, else as the host says, remembered for an hour. */
export function createDefaultBranches(github: Pick<GithubApp, "defaultBranch">, clock: Clock) {
  const known = new Map<string, { name: string; until: number }>();
  return async (place: RepositoryPlace, origin: Extract<Trusted, { kind: "trusted" }>): Promise<string | undefined> => {
    const recorded = await recordedDefault(place);
    if (recorded !== undefined) return recorded;
    const { owner, repo, url } = origin.remote;
    const entry = known.get(url);
    if (entry !== undefined && entry.until > clock.now()) return entry.name;
    const name = await github.defaultBranch({ installationId: origin.installationId, owner, repo, use: "read" });
    if (name !== undefined) known.set(url, { name, until: clock.now() + TTL_MS });
    return name;
  };
}
