/** Gathers the facts about repositories and asks the routing rule. */
import type { Log } from "@thor/kit/flow/log";

import { routeConversation, type RepoCheck, type Routed } from "../core/routing.ts";

interface RoutingConfig {
  slack: { channelRepos: Readonly<Record<string, string>> };
  profiles: Readonly<
    Record<string, { channels?: readonly string[] | undefined; repos?: readonly string[] | undefined }>
  >;
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
    const { slack, profiles } = deps.config();
    const named = slack.channelRepos[channel];
    const [configured, file, fallback] = await Promise.all([
      named === undefined ? undefined : deps.check(named),
      deps.override(channel),
      deps.check(deps.defaultRepo),
    ]);
    const profileOf = (fits: (profile: RoutingConfig["profiles"][string]) => boolean) =>
      Object.entries(profiles).find(([, profile]) => fits(profile))?.[0];
    const routed = routeConversation({
      configured: named === undefined || configured === undefined ? undefined : { repo: named, check: configured },
      file,
      fallback: { repo: deps.defaultRepo, check: fallback },
      channelProfile: profileOf(({ channels = [] }) => channels.includes(channel)),
      fileRepoProfile: file === undefined ? undefined : profileOf(({ repos = [] }) => repos.includes(file.repo)),
      overridePath: deps.overridePath(channel),
    });
    const reason = routed.kind === "routed" ? routed.routing.ignored : undefined;
    if (reason !== undefined)
      deps.log.warn({ event: "slack_repo_override_fallback", channel, reason }, "channel's repository not used");
    return routed;
  };
