/** thor.json: what operators say. Strict at every depth: a key that Thor does not know is an error, never a silent no-op. */
import { z } from "zod";

import { Approvals } from "./approvals.ts";
import { Egress, Passthrough } from "./egress.ts";
import { Github, Slack } from "./github.ts";
import { Budgets, Memory, Recipes, Sandbox } from "./limits.ts";
import { Mcp } from "./mcp.ts";
import { Models } from "./models.ts";
import { Owners, Profiles, Users } from "./people.ts";

export const WorkspaceConfig = z.strictObject({
  $schema: z.string().optional().describe("Hint for editors; ignored."),
  owners: Owners,
  users: Users,
  profiles: Profiles,
  slack: Slack,
  github: Github,
  mcp: Mcp,
  approvals: Approvals,
  mitmproxy: Egress,
  mitmproxy_passthrough: Passthrough,
  budgets: Budgets,
  sandbox: Sandbox,
  memory: Memory,
  models: Models,
  recipes: Recipes,
});
export type WorkspaceConfig = z.infer<typeof WorkspaceConfig>;
