/** thor.json: what operators say. Strict at every depth: a key that Thor does not know is an error, never a silent no-op. */
import { z } from "zod";

const slackUser = z.string().regex(/^[UW][A-Z0-9]{2,20}$/, "must be a Slack user id");
const slackChannel = z.string().regex(/^[CGD][A-Z0-9]{2,20}$/, "must be a Slack channel id");
const repoName = z
  .string()
  .regex(/^[A-Za-z0-9._-]+$/, "must be a repository name")
  .refine((name) => name !== "." && name !== "..", "must be a repository name");

const unique = (items: readonly string[]) => new Set(items).size === items.length;

const Owner = z.strictObject({
  github_app_installation_id: z.number().int().positive(),
  repos: z.array(repoName).optional(),
});

const User = z.strictObject({
  email: z.email(),
  name: z.string().trim().min(1),
  slack: slackUser.optional(),
  github: z.string().min(1).optional(),
});

const Profile = z
  .strictObject({
    channels: z.array(slackChannel).refine(unique, "must not repeat an entry").optional(),
    repos: z.array(repoName).refine(unique, "must not repeat an entry").optional(),
  })
  .refine(({ channels = [], repos = [] }) => channels.length + repos.length > 0, "needs a channel or a repository");

const distinct = <T>(items: readonly T[], nameOf: (item: T) => string | undefined) => {
  const names = items.map(nameOf).filter((name) => name !== undefined);
  return unique(names.map((name) => name.toLowerCase()));
};

export const WorkspaceConfig = z.strictObject({
  $schema: z.string().optional(),
  owners: z
    .record(z.string().regex(/^[A-Za-z0-9-]+$/, "must be a GitHub owner"), Owner)
    .refine((owners) => distinct(Object.keys(owners), (name) => name), "must not name an owner twice")
    .default({}),
  users: z
    .array(User)
    .refine((users) => distinct(users, ({ email }) => email), "must not repeat an email")
    .refine((users) => distinct(users, ({ slack }) => slack), "must not repeat a slack id")
    .refine((users) => distinct(users, ({ github }) => github), "must not repeat a github login")
    .default([]),
  profiles: z
    .record(z.string().regex(/^[A-Z_]+$/, "must be upper case letters and _"), Profile)
    .refine(
      (profiles) => unique(Object.values(profiles).flatMap(({ channels = [] }) => channels)),
      "must not share a channel",
    )
    .refine(
      (profiles) => unique(Object.values(profiles).flatMap(({ repos = [] }) => repos)),
      "must not share a repository",
    )
    .default({}),
  slack: z.strictObject({ channelRepos: z.record(slackChannel, repoName).default({}) }).default({ channelRepos: {} }),
  github: z
    .strictObject({ protectedBranches: z.array(z.string().min(1)).default([]) })
    .default({ protectedBranches: [] }),
});
export type WorkspaceConfig = z.infer<typeof WorkspaceConfig>;
