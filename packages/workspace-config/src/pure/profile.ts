/** Which credentials a conversation works with: decided by its Slack threads and its repository, never by a request. */
import type { Admission } from "./admission.ts";

export type Profiles = Pick<Admission, "profiles" | "lost">;

export type ProfileChoice =
  | { kind: "profile"; name: string | undefined }
  /** Never answered with global credentials. */
  | { kind: "ambiguous"; why: "threads_disagree" | "repo_disagrees" | "channel_not_in_profile" | "profile_lost" };

const nameOf = ({ profiles }: Pick<Profiles, "profiles">, key: "channels" | "repos", member: string) =>
  Object.entries(profiles).find(([, profile]) => profile[key].includes(member))?.[0];

export const profileOfRepo = (config: Pick<Profiles, "profiles">, repo: string) => nameOf(config, "repos", repo);
export const profileOfChannel = (config: Pick<Profiles, "profiles">, channel: string) =>
  nameOf(config, "channels", channel);

/** Whether a profile lists the channel, or did before the file became faulty. */
export const isProfiledChannel = (config: Profiles, channel: string) =>
  config.lost.channels.includes(channel) || profileOfChannel(config, channel) !== undefined;

/** Whether a channel may choose a repository by itself: one of no profile, or of the channel's own. */
export function mayUseRepo(config: Profiles, channel: string, repo: string): boolean {
  const wanted = profileOfRepo(config, repo);
  const isLost = config.lost.repos.includes(repo);
  return !isLost && (wanted === undefined || wanted === profileOfChannel(config, channel));
}

/** Whether a profile lists the channel: the only thing that admits a gated one. */
export const isListedChannel = (config: Pick<Profiles, "profiles">, channel: string) =>
  profileOfChannel(config, channel) !== undefined;

/** Every channel that a profile lists. */
export const listedChannels = ({ profiles }: Pick<Profiles, "profiles">) =>
  new Set(Object.values(profiles).flatMap(({ channels }) => channels));

const ambiguous = (why: Extract<ProfileChoice, { kind: "ambiguous" }>["why"]): ProfileChoice => ({
  kind: "ambiguous",
  why,
});

/** Whether the faulty file lost the profile of any part of the conversation. */
const hasLost = ({ lost }: Profiles, channels: readonly string[], repo: string | undefined) =>
  channels.some((channel) => lost.channels.includes(channel)) || (repo !== undefined && lost.repos.includes(repo));

/** What a channel's profile and a repository's make together. */
function combine({ profiles }: Profiles, byChannel: string | undefined, byRepo: string | undefined): ProfileChoice {
  if (byChannel !== undefined)
    return byRepo === undefined || byRepo === byChannel
      ? { kind: "profile", name: byChannel }
      : ambiguous("repo_disagrees");
  const isBound = byRepo !== undefined && profiles[byRepo]?.isChannelBound === true;
  return isBound ? ambiguous("channel_not_in_profile") : { kind: "profile", name: byRepo };
}

/** Resolves a conversation; threads or a repository that disagree are never settled by taking the wider one. */
export function resolveProfile(config: Profiles, channels: readonly string[], repo: string | undefined): ProfileChoice {
  if (hasLost(config, channels, repo)) return ambiguous("profile_lost");
  const byRepo = repo === undefined ? undefined : profileOfRepo(config, repo);
  const byChannel = new Set(channels.map((channel) => profileOfChannel(config, channel)));
  if (byChannel.size > 1) return ambiguous("threads_disagree");
  return byChannel.size === 0 ? { kind: "profile", name: byRepo } : combine(config, [...byChannel][0], byRepo);
}
