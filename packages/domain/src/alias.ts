import { z } from "zod";

/** The kinds of outside names that can be bound to a conversation. */
export const AliasType = z.enum([
  "slack.thread",
  "git.branch",
  "github.issue",
  "opencode.session",
  "opencode.subsession",
]);
export type AliasType = z.infer<typeof AliasType>;
