/** Which model answers, and how hard it thinks: in general, by where a request came from, and by channel. */
import { z } from "zod";

import { slackChannel } from "./words.ts";

const Wish = z.strictObject({
  model: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]*\/[^\s]{1,120}$/i, 'must be "provider/model"')
    .optional()
    .describe('Model as OpenCode names it: "provider/model".'),
  effort: z
    .string()
    .regex(/^[a-z0-9_-]{1,32}$/, "must be a level such as low, medium or high")
    .optional()
    .describe("Level of thinking, as the model names it."),
});

export const Models = z
  .strictObject({
    default: Wish.optional().describe("For every run that nothing else is said about."),
    sources: z
      .strictObject({
        slack: Wish.optional().describe("Messages in Slack."),
        github: Wish.optional().describe("Events of GitHub."),
        cron: Wish.optional().describe("Scheduled prompts."),
      })
      .prefault({})
      .describe("By where a request came from."),
    channels: z.record(slackChannel, Wish).default({}).describe("By Slack channel; goes before the source."),
  })
  .prefault({})
  .describe("Models and levels of thinking. Absent: as OpenCode is configured. What is not on offer is ignored.");
