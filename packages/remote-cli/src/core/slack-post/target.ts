/** Where a conversation may post: into its own threads, and into channels that are open to it. */
import { isProfiledChannel, resolveProfile, type Profiles } from "@thor/workspace-config/pure/profile";

import type { Denial } from "../denial.ts";

export interface TargetFacts {
  channel: string;
  /** The conversation that the named thread belongs to. */
  threadOwner?: string | undefined;
  /** What Slack says about the channel; asked only when it matters. */
  visibility: "open" | "gated" | "unknown";
}
export interface Poster {
  anchorId: string;
  profile: string | undefined;
  channels: readonly string[];
  repo?: string | undefined;
}

const deny = (reason: string, instead?: string): Denial => ({ rule: "slack.target", reason, instead });

/** The only channels of a profile that names some; a faulty thor.json may have lost a few, which frees no other. */
function boundChannels({ profiles }: Profiles, { profile }: Poster): readonly string[] | undefined {
  const own = profile === undefined ? undefined : profiles[profile];
  return own?.isChannelBound === true ? own.channels : undefined;
}

/** Whether Slack has to be asked: only for a channel that no profile names and no bound thread decides. */
export function needsVisibility(facts: Omit<TargetFacts, "visibility">, poster: Poster, config: Profiles): boolean {
  if (facts.threadOwner !== undefined || facts.channel.startsWith("D")) return false;
  return boundChannels(config, poster) === undefined && !isProfiledChannel(config, facts.channel);
}

/** Judges a target; whatever is not known is no. */
export function judgeTarget(
  facts: TargetFacts,
  poster: Poster,
  given: { config: Profiles; viewerLink: (anchorId: string) => string },
): Denial | undefined {
  const { channel, threadOwner, visibility } = facts;
  const { config, viewerLink } = given;
  if (threadOwner === poster.anchorId) return undefined;
  if (threadOwner !== undefined)
    return deny(`the thread belongs to another conversation: ${viewerLink(threadOwner)}`, "post in your own thread");
  if (channel.startsWith("D")) return deny("direct messages are answered only in their own conversation");
  const own = boundChannels(config, poster);
  if (own !== undefined)
    return own.includes(channel) ? undefined : deny("the channel is not one of this conversation's profile");
  if (isProfiledChannel(config, channel))
    return deny("the channel belongs to a profile that this conversation is not in");
  return visibility === "open" ? undefined : deny("the channel is not public, or Slack could not say so");
}

/** Whether binding a thread of this channel would leave the conversation's profile as it is. */
export function keepsProfile(config: Profiles, poster: Poster, channel: string): boolean {
  const choice = resolveProfile(config, [...poster.channels, channel], poster.repo);
  return choice.kind === "profile" && choice.name === poster.profile;
}
