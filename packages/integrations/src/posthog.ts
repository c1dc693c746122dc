import { textOf, words, type Integration } from "./manifest.ts";

/** Product analytics and feature flags, through PostHog's own MCP server. */
export const posthog: Integration = {
  id: "posthog",
  title: "PostHog",
  variables: [
    { name: "POSTHOG_API_KEY", scope: "single", secret: true, required: true, doc: "A personal API key." },
    {
      name: "POSTHOG_MCP_URL",
      scope: "global",
      secret: false,
      required: false,
      default: "https://mcp.posthog.com/mcp?mode=tools",
      doc: "Address of the MCP server.",
    },
  ],
  mcp: (values) => ({
    transport: "http",
    url: values["POSTHOG_MCP_URL"] ?? "",
    headers: { Authorization: `Bearer ${values["POSTHOG_API_KEY"] ?? ""}` },
  }),
  tools: {
    allow: words(`docs-search insight-query insight-get insights-list query-trends query-funnel query-retention
      query-stickiness query-paths query-lifecycle query-web-overview query-web-stats query-web-vitals
      read-data-schema query-error-tracking-issue query-error-tracking-issue-events query-error-tracking-issues-list
      feature-flag-get-all feature-flag-get-definition feature-flags-status-retrieve experiment-get
      experiment-get-all experiment-results-get experiment-list experiment-stats cohorts-list cohorts-retrieve
      dashboard-get dashboards-get-all surveys-global-stats`),
    approve: [
      {
        name: "create-feature-flag",
        title: (args) => `Create feature flag: ${textOf(args, "key")}`,
        fields: ["key", "name"],
        required: ["key"],
        editable: ["name"],
        disclaimer: "name",
        alwaysAsk: true,
        confirm: true,
      },
      {
        name: "execute-sql",
        title: () => "Run PostHog SQL",
        fields: ["query"],
        required: [],
        editable: [],
        alwaysAsk: false,
        confirm: false,
      },
    ],
    hidden: [],
    internal: [],
  },
  pin: {},
  egress: [],
};
