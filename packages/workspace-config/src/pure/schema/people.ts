/** Whom Thor works for, who people are, and which channels and repositories share credentials. */
import { z } from "zod";

import { distinct, githubLogin, profileName, repoName, slackChannel, slackUser } from "./words.ts";

export const Owner = z.strictObject({
  github_app_installation_id: z
    .number()
    .int()
    .positive()
    .describe("Id of the GitHub App's installation at this owner; the last number in the installation's address."),
  repos: distinct(repoName)
    .optional()
    .describe("The only repositories Thor works for. Absent: every one that is cloned below repos/."),
});
export type Owner = z.infer<typeof Owner>;

export const Owners = z
  .record(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9-]*$/, "must be a GitHub owner"), Owner)
  .default({})
  .describe("GitHub owners (organisations or users) Thor works for.");

export const User = z.strictObject({
  email: z.email("must be an e-mail address").describe("E-mail address, for credit in commits and look-ups."),
  name: z.string().regex(/\S/, "must not be blank").describe("Name as it stands in commits and prompts."),
  slack: slackUser.optional().describe("Slack user id, U… or W…"),
  github: githubLogin.optional().describe("GitHub login."),
  memory: z
    .string()
    .regex(/^[a-z0-9._-]{1,64}$/, "must be 1 to 64 of a-z, 0-9, '.', '_' and '-'")
    .optional()
    .describe("Name of the person's note file. Absent: made from the part of the e-mail before the @."),
});
export type User = z.infer<typeof User>;

export const Users = z.array(User).default([]).describe("People: one identity across Slack, GitHub and e-mail.");

const Credentials = z.enum(["fallback", "own"]);

export const Profile = z
  .strictObject({
    channels: distinct(slackChannel)
      .default([])
      .describe("Slack channels of this profile. Listing a private or shared channel here is what admits it."),
    repos: distinct(repoName).default([]).describe("Repositories of this profile."),
    credentials: Credentials.default("fallback").describe(
      "fallback: a variable without this profile's suffix is used when the suffixed one is missing; own: never.",
    ),
  })
  .refine(({ channels, repos }) => channels.length + repos.length > 0, "needs a channel or a repository");
export type Profile = z.infer<typeof Profile>;

export const Profiles = z
  .record(profileName, Profile)
  .default({})
  .describe("Which channels and repositories use which credentials, by the suffix of their variables.");
