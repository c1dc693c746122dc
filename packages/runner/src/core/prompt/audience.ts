/** Which notes a run may see: decided by who can read the conversation, never by what it asks for. */
import { z } from "zod";

export type Audience =
  /** A direct message with one person. */
  | "direct"
  | "team"
  /** Read by people outside the team, or by a changing group; unknown counts as this. */
  | "shared"
  | "private_repo"
  | "public_repo"
  /** Nobody in particular: a prompt by the clock. */
  | "nobody";

export interface AudienceRules {
  people: boolean;
  inPublicRepos: boolean;
  inSharedChannels: boolean;
}

export interface Tiers {
  global: boolean;
  channel: boolean;
  person: boolean;
  private: boolean;
}

const NONE: Tiers = { global: false, channel: false, person: false, private: false };

export function tiersFor(audience: Audience, { people, inPublicRepos, inSharedChannels }: AudienceRules): Tiers {
  switch (audience) {
    case "direct":
      return { global: true, channel: true, person: people, private: people };
    case "team":
      return { global: true, channel: true, person: people, private: false };
    case "shared":
      return { ...NONE, channel: true, global: inSharedChannels, person: inSharedChannels && people };
    case "private_repo":
      return { ...NONE, global: true, person: people };
    case "public_repo":
      return { ...NONE, global: inPublicRepos };
    case "nobody":
      return { ...NONE, global: true };
  }
}

const FromGithub = z.object({ repository: z.object({ private: z.boolean() }) });

/** Whether an event as GitHub sent it comes from a private repository; not knowing means no. */
export const isFromPrivateRepo = (payload: unknown): boolean =>
  FromGithub.safeParse(payload).data?.repository.private === true;
