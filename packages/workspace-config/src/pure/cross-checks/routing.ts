import type { Entries } from "../entries.ts";
import type { Finding } from "../issues.ts";

/** A channel sent to a repository of another profile: every call from there would be refused as ambiguous. */
export function routingWarnings({ channelRepos, profiles }: Entries): Finding[] {
  const nameOf = (key: "channels" | "repos", member: string) =>
    profiles.find(([, profile]) => profile[key].includes(member))?.[0];
  return Object.entries(channelRepos).flatMap(([channel, repo]) => {
    const wanted = nameOf("repos", repo);
    if (wanted === undefined || wanted === nameOf("channels", channel)) return [];
    return [
      {
        path: ["slack", "channelRepos", channel],
        message: `"${repo}" belongs to profile ${wanted}, which this channel is not in`,
      },
    ];
  });
}
