/** What work may cost, where foreign code runs, and how much is remembered. */
import { z } from "zod";

import { approverToken, distinct, duration, profileName, repoName, slackChannel, slackUser } from "./words.ts";

const count = z.number().int().positive();
const amounts = {
  tokens: count.optional().describe("Tokens of all kinds."),
  usd: z.number().positive().optional().describe("US dollars."),
  toolCalls: count.optional().describe("Calls of tools."),
  minutes: z.number().positive().optional().describe("Minutes of work."),
};
const dailyAmounts = {
  ...amounts,
  sandboxMinutes: z.number().positive().optional().describe("Minutes of sandboxes."),
};
const Limit = z.strictObject(amounts);
const DailyLimit = z.strictObject(dailyAmounts);
export type Limit = z.infer<typeof DailyLimit>;

const limits = {
  perRun: Limit.optional().describe("One run."),
  perConversation: Limit.optional().describe("A conversation in its whole life."),
  perDay: DailyLimit.optional().describe("Everything in one day."),
  perUserDay: DailyLimit.optional().describe("One person in one day."),
  perChannelDay: DailyLimit.optional().describe("One channel in one day."),
};

const reserved = (message: string) =>
  z
    .record(z.string(), z.unknown())
    .refine((given) => Object.keys(given).length === 0, message)
    .optional()
    .meta({ description: message, maxProperties: 0 });

/** Sections that a later version will know. */
export const Recipes = reserved("recipes are reserved for a later version");

const Override = z.strictObject({
  match: z
    .strictObject({
      channel: slackChannel.optional().describe("Slack channel."),
      user: slackUser.optional().describe("Slack user."),
      profile: profileName.optional().describe("Profile of the conversation."),
      repo: repoName.optional().describe("Repository of the conversation."),
      source: z.enum(["slack", "github", "cron"]).optional().describe("Where the request came from."),
    })
    .describe("Conditions; all given ones must hold."),
  ...limits,
});

export const ContinueApprovers = distinct(approverToken).default(["*"]);

export const Budgets = z
  .strictObject({
    ...limits,
    perRecipe: reserved("recipes are reserved for a later version"),
    warnAt: z.number().min(0).max(1).default(0.8).describe("Share of a limit at which the thread is warned."),
    continueStep: DailyLimit.prefault({}).describe("What each click on Continue adds."),
    continueApprovers: ContinueApprovers.describe("Who may continue beyond a limit."),
    overrides: z.array(Override).default([]).describe("Other limits for some; per limit the first match counts."),
  })
  .prefault({})
  .describe("Spending limits. An absent limit is none.");
export type Budgets = z.infer<typeof Budgets>;

const readOnlyPath = z
  .string()
  .regex(
    /^\/(?:opt|usr\/local)(?:\/(?!\.{1,2}(?:\/|$))[^/\0]+)+$/,
    "must be an absolute, normalised path below /opt or /usr/local",
  );
const hostName = z.string().regex(/^[A-Za-z0-9*](?:[A-Za-z0-9.*-]*[A-Za-z0-9])?$/, "must be a host");
const amount = (preset: number, text: string) => count.default(preset).describe(text);

export const Sandbox = z
  .strictObject({
    provider: z.enum(["auto", "daytona", "local", "off"]).default("auto").describe("Where sandboxes run."),
    idleStop: duration().default("15m").describe("When an idle sandbox is stopped."),
    keepStoppedFor: z
      .union([z.literal("0s"), duration()], 'must be a duration such as "15m", or "0s"')
      .default("0s")
      .describe("How long a stopped one is kept."),
    commandTimeout: duration().default("60m").describe("Longest command unless it asks for more."),
    maxTimeout: duration().default("2h").describe("The most a command may ask for."),
    maxActive: amount(10, "Sandboxes at once."),
    maxPerConversation: amount(3, "Sandboxes of one conversation."),
    daytona: z
      .strictObject({
        snapshot: z.string().min(1).optional().describe("Snapshot that sandboxes start from."),
        network: z
          .union(
            [
              z.enum(["open", "block"]),
              z.strictObject({ allow: z.array(hostName).min(1).describe("Hosts that may be reached.") }),
            ],
            'must be "open", "block" or {"allow": […]}',
          )
          .optional()
          .describe("What a sandbox may reach."),
      })
      .prefault({})
      .describe("Sandboxes at Daytona."),
    local: z
      .strictObject({
        readOnlyPaths: z.array(readOnlyPath).default([]).describe("Directories of this machine shown read-only."),
        memoryMiB: amount(4096, "Memory of one sandbox."),
        diskMiB: amount(4096, "Disk of one sandbox."),
        processes: amount(512, "Processes of one sandbox."),
      })
      .prefault({})
      .describe("Sandboxes on this machine."),
  })
  .prefault({})
  .describe("Where foreign code runs, and its limits.");

export const Memory = z
  .strictObject({
    maxBytesPerFile: z.number().int().min(1024).max(65_536).default(16_384).describe("What is read of one note file."),
    people: z.boolean().default(true).describe("Whether notes about people are used."),
    inPublicRepos: z.boolean().default(false).describe("Whether notes are used on public repositories."),
    inSharedChannels: z.boolean().default(false).describe("Whether notes are used in channels shared with others."),
  })
  .prefault({})
  .describe("How notes are used.");
