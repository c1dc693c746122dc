/** How Slack channels find their repository, and whom on GitHub Thor trusts. */
import { z } from "zod";

import { distinct, repoName, slackChannel } from "./words.ts";

export const ASSOCIATIONS = ["OWNER", "MEMBER", "COLLABORATOR"] as const;

export const Slack = z
  .strictObject({
    channelRepos: z
      .record(slackChannel, repoName)
      .default({})
      .describe("Channel id to repository: where a new conversation of that channel works."),
  })
  .prefault({})
  .describe("Routing of Slack channels.");

export const Forks = z.enum(["ignore", "review"]);

export const Github = z
  .strictObject({
    associations: distinct(z.enum(ASSOCIATIONS))
      .default([...ASSOCIATIONS])
      .describe("Whose comments may wake Thor without standing in users; this list can only narrow."),
    bots: distinct(z.string().regex(/^[A-Za-z0-9-]+(?:\[bot\])?$/, "must be the exact login of a bot"))
      .default([])
      .describe("Exact logins of bots whose mentions and reviews may wake Thor."),
    protectedBranches: z
      .array(z.string().regex(/^\S+$/, "must be a branch or a glob"))
      .default([])
      .describe("Globs of branches never pushed, besides main, master and the default branch."),
    forks: Forks.default("review").describe("review: a pull request from a fork may be read and commented on."),
  })
  .prefault({})
  .describe("Trust rules for GitHub events and branches.");
