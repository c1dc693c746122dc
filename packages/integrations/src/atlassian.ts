import { textOf, words, type EgressRule, type Integration } from "./manifest.ts";

const AUTH = { Authorization: "${ATLASSIAN_AUTH}" };
const UPLOAD = { ...AUTH, "X-Atlassian-Token": "no-check" };
const READ = ["GET", "HEAD"];
const ISSUE = "/rest/api/3/issue/[A-Z][A-Z0-9_]*-[0-9]+/attachments";
const API = "api.atlassian.com";

const egress: readonly EgressRule[] = [
  { host: API, methods: ["POST"], path: { pattern: `/ex/jira/\${ATLASSIAN_CLOUD_ID}${ISSUE}` }, headers: UPLOAD },
  { host: "${ATLASSIAN_SITE}", methods: ["POST"], path: { pattern: ISSUE }, headers: UPLOAD },
  { host: API, methods: READ, path: { prefix: "/ex/jira/${ATLASSIAN_CLOUD_ID}/" }, headers: AUTH },
  { host: API, methods: READ, path: { prefix: "/ex/confluence/${ATLASSIAN_CLOUD_ID}/" }, headers: AUTH },
  { host: "${ATLASSIAN_SITE}", methods: READ, path: { prefix: "/" }, headers: AUTH },
];

/** Jira and Confluence, through Atlassian's own MCP server. */
export const atlassian: Integration = {
  id: "atlassian",
  title: "Atlassian (Jira, Confluence)",
  variables: [
    { name: "ATLASSIAN_AUTH", scope: "bundle", secret: true, required: true, doc: "Authorization header's value." },
    { name: "ATLASSIAN_CLOUD_ID", scope: "bundle", secret: false, required: true, doc: "The site: id or address." },
    { name: "ATLASSIAN_SITE", scope: "global", secret: false, required: false, doc: "Host of the site, for egress." },
    {
      name: "ATLASSIAN_MCP_URL",
      scope: "global",
      secret: false,
      required: false,
      default: "https://mcp.atlassian.com/v1/mcp",
      doc: "Address of the MCP server.",
    },
  ],
  mcp: (values) => ({
    transport: "http",
    url: values["ATLASSIAN_MCP_URL"] ?? "",
    headers: { Authorization: values["ATLASSIAN_AUTH"] ?? "" },
  }),
  tools: {
    allow: words(`atlassianUserInfo getJiraIssue searchJiraIssuesUsingJql getConfluenceSpaces getConfluencePage
      searchConfluenceUsingCql getConfluencePageDescendants getConfluencePageFooterComments
      getConfluencePageInlineComments getConfluenceCommentChildren`),
    approve: [
      {
        name: "createJiraIssue",
        title: (args) => `Create Jira issue: ${textOf(args, "summary")}`,
        fields: ["projectKey", "issueTypeName", "summary", "description"],
        required: ["projectKey", "issueTypeName", "summary"],
        editable: ["summary", "description"],
        disclaimer: "description",
        attribution: { field: "assignee_account_id", lookUp: "lookupJiraAccountId", query: "searchString" },
        alwaysAsk: false,
        confirm: false,
      },
      {
        name: "addCommentToJiraIssue",
        title: (args) => `Comment on Jira issue: ${textOf(args, "issueIdOrKey")}`,
        fields: ["issueIdOrKey", "commentBody"],
        required: ["issueIdOrKey", "commentBody"],
        editable: ["commentBody"],
        disclaimer: "commentBody",
        alwaysAsk: false,
        confirm: false,
      },
      {
        name: "createConfluencePage",
        title: (args) => `Create Confluence page: ${textOf(args, "title")}`,
        fields: ["spaceId", "title", "body"],
        required: ["spaceId", "body"],
        editable: ["title", "body"],
        disclaimer: "body",
        fixed: {
          contentFormat: {
            value: "markdown",
            hint: 'Pages are written in Markdown.\nLeave contentFormat out, or set it to "markdown".',
          },
        },
        alwaysAsk: false,
        confirm: false,
      },
      {
        name: "createIssueLink",
        title: () => "Link Jira issues",
        fields: [],
        required: [],
        editable: [],
        alwaysAsk: false,
        confirm: false,
      },
    ],
    hidden: [],
    internal: ["lookupJiraAccountId"],
  },
  pin: { cloudId: "ATLASSIAN_CLOUD_ID" },
  egress,
};
