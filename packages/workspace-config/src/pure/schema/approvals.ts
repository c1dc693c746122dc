/** Who may approve what. */
import { z } from "zod";

import { approverToken, distinct, duration, profileName, repoName, slackChannel, toolName } from "./words.ts";

const pattern = z.string().min(1, "must not be empty");

const Grants = z
  .strictObject({
    enabled: z.boolean().optional().describe("Whether an approver may allow the tool for a while."),
    duration: duration({ max: "8h" }).optional().describe("How long such a grant lasts, at most 8h."),
    maxUses: z.number().int().min(1).max(100).optional().describe("How often it may be used, 1 to 100."),
  })
  .describe("Standing permissions that an approver may give with the approval.");

const fields = {
  approvers: distinct(approverToken)
    .optional()
    .describe('Who may approve: user ids, user group ids, "@group:<name>", "@users" or "*".'),
  selfApproval: z.boolean().optional().describe("Whether who asked may approve."),
  quorum: z.number().int().min(1).max(5).optional().describe("How many different people must approve, 1 to 5."),
  expiresAfter: duration({ min: "5m", max: "7d" }).optional().describe("When an open request lapses, 5m to 7d."),
  requireReason: z.enum(["never", "reject", "always"]).optional().describe("When a voter has to give a reason."),
  remind: z.boolean().optional().describe("Whether the thread is reminded once, at half of the time."),
  grants: Grants.optional(),
};

const Match = z
  .strictObject({
    upstream: z.string().min(1).optional().describe("Upstream id, gh or aws."),
    tool: toolName.optional().describe("Exact tool of that upstream."),
    profile: profileName.optional().describe("Profile of the conversation."),
    repo: repoName.optional().describe("Repository of the conversation."),
    channel: slackChannel.optional().describe("Slack channel of the conversation."),
    where: z
      .record(z.string().min(1), z.union([pattern, z.array(pattern).min(1)], "must be a glob or a list of globs"))
      .optional()
      .describe("Dotted argument path to a glob or a list of globs over the effective arguments."),
  })
  .describe("Conditions; all given ones must hold.");
export type Match = z.infer<typeof Match>;

export const Rule = z.strictObject({
  match: Match,
  ...fields,
  channel: slackChannel.optional().describe("Where the cards of this rule go."),
});
export type Rule = z.infer<typeof Rule>;

export const ApprovalDefaults = z
  .strictObject({
    ...fields,
    channel: slackChannel.optional().describe("Where a card goes when its conversation has no Slack thread."),
  })
  .prefault({})
  .describe("What a rule leaves unset.");

export const groupMember = z.string().regex(/^[UWS][A-Z0-9]{2,20}$/, "must be a Slack user or user group id");

export const Approvals = z
  .strictObject({
    defaults: ApprovalDefaults,
    grants: z
      .strictObject({
        max_hours: z.number().min(1).max(168).default(24).describe("The longest grant anybody may give, in hours."),
      })
      .prefault({})
      .describe("Limits of all grants."),
    groups: z
      .record(
        z.string().regex(/^[a-z][a-z0-9-]*$/, "must be lower case letters, digits and -"),
        distinct(groupMember).refine((members) => members.length > 0, "must not be empty"),
      )
      .default({})
      .describe("Named groups of Slack users and user groups."),
    rules: z.array(Rule).default([]).describe("The first rule that matches counts."),
  })
  .prefault({})
  .describe("Who may approve what.");
export type Approvals = z.infer<typeof Approvals>;
