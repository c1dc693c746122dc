/** Gathers the facts about repositories and asks the routing rule. */
import type { Log } from "@thor/kit/flow/log";
import { mayUseRepo, type Profiles } from "@thor/workspace-config/pure/profile";

import { routeConversation, type RepoCheck, type Routed } from "../core/routing.ts";

/** Where a channel works is the operator's wish; whose repository it may be is a matter of admission. */
interface RoutingConfig {
  operational: { channelRepos: Readonly<Record<string, string>> };
  admission: Profiles;
}

export interface RouteDeps {
  log: Log;
  config: () => RoutingConfig;
  defaultRepo: string;
  check: (repo: string) => Promise<RepoCheck>;
  override: (channel: string) => Promise<{ repo: string; check: RepoCheck } | undefined>;
  overridePath: (channel: string) => string;
}

export const createRoute =
  (deps: RouteDeps) =>
  async (channel: string): Promise<Routed> => {
    const { operational, admission } = deps.config();
    const named = operational.channelRepos[channel];
    const [configured, file, fallback] = await Promise.all([
      named === undefined ? undefined : deps.check(named),
      deps.override(channel),
      deps.check(deps.defaultRepo),
    ]);
    const routed = routeConversation({
      configured: named === undefined || configured === undefined ? undefined : { repo: named, check: configured },
      file,
      fallback: { repo: deps.defaultRepo, check: fallback },
      isFileForeign: file !== undefined && !mayUseRepo(admission, channel, file.repo),
      overridePath: deps.overridePath(channel),
    });
    const reason = routed.kind === "routed" ? routed.routing.ignored : undefined;
    if (reason !== undefined)
      deps.log.warn({ event: "slack_repo_override_fallback", channel, reason }, "channel's repository not used");
    return routed;
  };
