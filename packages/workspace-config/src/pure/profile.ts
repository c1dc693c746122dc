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

/** Resolves a conversation; threads or a repository that disagree are never settled by taking the wider one. */
export function resolveProfile(config: Profiles, channels: readonly string[], repo: string | undefined): ProfileChoice {
  const { lost, profiles } = config;
  const isLost = channels.some((channel) => lost.channels.includes(channel));
  if (isLost || (repo !== undefined && lost.repos.includes(repo))) return ambiguous("profile_lost");
  const byChannel = new Set(channels.map((channel) => profileOfChannel(config, channel)));
  const byRepo = repo === undefined ? undefined : profileOfRepo(config, repo);
  if (byChannel.size > 1) return ambiguous("threads_disagree");
  if (byChannel.size === 0) return { kind: "profile", name: byRepo };
  const [channelProfile] = byChannel;
  if (channelProfile !== undefined && byRepo !== undefined && byRepo !== channelProfile)
    return ambiguous("repo_disagrees");
  if (channelProfile !== undefined) return { kind: "profile", name: channelProfile };
  const isBound = byRepo !== undefined && profiles[byRepo]?.isChannelBound === true;
  return isBound ? ambiguous("channel_not_in_profile") : { kind: "profile", name: byRepo };
}
