/** Tools in the manner of Atlassian's MCP server, over a few issues that it remembers. */
import { z } from "zod";

import type { World } from "../world/world.ts";
import type { ToolDraft, ToolResult } from "./tools.ts";

const READS = `atlassianUserInfo getJiraIssue searchJiraIssuesUsingJql getConfluenceSpaces getConfluencePage
  searchConfluenceUsingCql getConfluencePageDescendants getConfluencePageFooterComments
  getConfluencePageInlineComments getConfluenceCommentChildren lookupJiraAccountId`.split(/\s+/);
const ACCOUNTS: Readonly<Record<string, string>> = { "alice@example.com": "acc-alice", "bob@example.com": "acc-bob" };

const text = { type: "string" };
const schema = (properties: Record<string, object>, required: string[]) => ({
  type: "object" as const,
  properties: { cloudId: text, ...properties },
  required: ["cloudId", ...required],
});
const read = (name: string): ToolDraft => ({
  name,
  description: `Reads: ${name}`,
  inputSchema: schema({ issueIdOrKey: text, jql: text, searchString: text, query: text }, []),
  annotations: { readOnlyHint: true },
});
const write = (name: string, properties: Record<string, object>, required: string[]): ToolDraft => ({
  name,
  description: `Writes: ${name}`,
  inputSchema: schema(properties, required),
  annotations: { readOnlyHint: false, destructiveHint: false },
});

export const ATLASSIAN_TOOLS: readonly ToolDraft[] = [
  ...READS.map(read),
  write(
    "createJiraIssue",
    { projectKey: text, issueTypeName: text, summary: text, description: text, assignee_account_id: text },
    ["projectKey", "issueTypeName", "summary"],
  ),
  write("addCommentToJiraIssue", { issueIdOrKey: text, commentBody: text }, ["issueIdOrKey", "commentBody"]),
  write("createConfluencePage", { spaceId: text, title: text, body: text, contentFormat: text }, ["spaceId", "body"]),
  write("createIssueLink", { type: text, inwardIssue: text, outwardIssue: text }, []),
];

const Issue = z.record(z.string(), z.unknown());
const said = (value: unknown, isError = false): ToolResult => ({
  content: [{ type: "text", text: typeof value === "string" ? value : JSON.stringify(value) }],
  isError,
});

const textOf = (value: unknown) => (typeof value === "string" ? value : "");

/** Carries a call out. */
export function createAtlassian(world: World) {
  const issues = world.store.collection("mcp.issues", Issue);
  return (tool: string, args: Readonly<Record<string, unknown>>): ToolResult => {
    if (args["cloudId"] !== "cloud-1") return said("You have no access to this site.", true);
    switch (tool) {
      case "createJiraIssue": {
        const key = `${textOf(args["projectKey"])}-${issues.all().length + 1}`;
        issues.put(key, args);
        return said({ key, self: `https://acme.atlassian.net/browse/${key}` });
      }
      case "getJiraIssue": {
        const issue = issues.get(textOf(args["issueIdOrKey"]));
        return issue === undefined ? said("Issue does not exist.", true) : said(issue);
      }
      case "lookupJiraAccountId": {
        const accountId = ACCOUNTS[textOf(args["searchString"])];
        return said({ users: accountId === undefined ? [] : [{ accountId }] });
      }
      default:
        return said({ tool, ok: true });
    }
  };
}
