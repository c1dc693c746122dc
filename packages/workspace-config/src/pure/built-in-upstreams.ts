/** What Thor brings itself: where approvals may execute, and names that an operator's upstream may not take. */
import { INTEGRATIONS } from "@thor/integrations/index";

interface Tools {
  readonly allow: readonly string[];
  readonly approve: readonly string[];
}
const words = (text: string) => text.trim().split(/\s+/);

/** The upstreams that speak MCP. */
export const BUILT_IN_UPSTREAMS: ReadonlyMap<string, Tools> = new Map(
  INTEGRATIONS.map(({ id, tools: { allow, approve } }) => [id, { allow, approve: approve.map(({ name }) => name) }]),
);

/** Command-line tools whose actions need approval, with the argument paths that a rule may look at. */
export const CLI_STORES: ReadonlyMap<string, { approve: readonly string[]; where: readonly string[] }> = new Map([
  ["gh", { approve: ["ghIssueCreate"], where: ["repo"] }],
  ["aws", { approve: ["awsExec"], where: ["service", "operation", "region", "account"] }],
]);

/** Systems that are reached without MCP: their names are taken too. */
export const RESERVED_IDS: readonly string[] = [
  ...CLI_STORES.keys(),
  ...words("slack github launchdarkly metabase daytona scoutqa psql"),
];
