/** Which credentials a conversation works with: decided by its Slack threads and its repository, never by a request. */

export interface Profiles {
  profiles: Readonly<
    Record<string, { channels?: readonly string[] | undefined; repos?: readonly string[] | undefined }>
  >;
}
export type ProfileChoice = { kind: "profile"; name: string | undefined } | { kind: "conflict" };

const nameOf = (config: Profiles, fits: (profile: Profiles["profiles"][string]) => boolean) =>
  Object.entries(config.profiles).find(([, profile]) => fits(profile))?.[0];

export const profileOfRepo = (config: Profiles, repo: string) =>
  nameOf(config, ({ repos = [] }) => repos.includes(repo));
export const profileOfChannel = (config: Profiles, channel: string) =>
  nameOf(config, ({ channels = [] }) => channels.includes(channel));

/** Resolves a conversation; threads or a repository that disagree are never settled by taking the wider one. */
export function resolveProfile(config: Profiles, channels: readonly string[], repo: string | undefined): ProfileChoice {
  const byChannel = new Set(channels.map((channel) => profileOfChannel(config, channel)));
  const byRepo = repo === undefined ? undefined : profileOfRepo(config, repo);
  if (byChannel.size > 1) return { kind: "conflict" };
  if (byChannel.size === 0) return { kind: "profile", name: byRepo };
  const [channelProfile] = byChannel;
  if (channelProfile !== undefined)
    return byRepo === undefined || byRepo === channelProfile
      ? { kind: "profile", name: channelProfile }
      : { kind: "conflict" };
  const listsChannels = byRepo !== undefined && (config.profiles[byRepo]?.channels ?? []).length > 0;
  return listsChannels ? { kind: "conflict" } : { kind: "profile", name: byRepo };
}
