/** What Thor brings itself: where approvals may execute, and names that an operator's upstream may not take. */

interface Tools {
  readonly allow: readonly string[];
  readonly approve: readonly string[];
}
const words = (text: string) => text.trim().split(/\s+/);

/** The upstreams that speak MCP. */
export const BUILT_IN_UPSTREAMS: ReadonlyMap<string, Tools> = new Map([
  [
    "atlassian",
    {
      allow: words(`atlassianUserInfo getJiraIssue searchJiraIssuesUsingJql getConfluenceSpaces getConfluencePage
        searchConfluenceUsingCql getConfluencePageDescendants getConfluencePageFooterComments
        getConfluencePageInlineComments getConfluenceCommentChildren`),
      approve: words("createJiraIssue addCommentToJiraIssue createConfluencePage createIssueLink"),
    },
  ],
  [
    "grafana",
    {
      allow: words(`list_datasources get_datasource query_prometheus list_prometheus_metric_metadata
        list_prometheus_metric_names list_prometheus_label_names list_prometheus_label_values
        query_prometheus_histogram query_loki_logs list_loki_label_names list_loki_label_values query_loki_stats
        query_loki_patterns tempo_traceql-search tempo_traceql-metrics-instant tempo_traceql-metrics-range
        tempo_get-trace tempo_get-attribute-names tempo_get-attribute-values tempo_docs-traceql`),
      approve: [],
    },
  ],
  [
    "posthog",
    {
      allow: words(`docs-search insight-query insight-get insights-list query-trends query-funnel query-retention
        query-stickiness query-paths query-lifecycle query-web-overview query-web-stats query-web-vitals
        read-data-schema query-error-tracking-issue query-error-tracking-issue-events
        query-error-tracking-issues-list feature-flag-get-all feature-flag-get-definition
        feature-flags-status-retrieve experiment-get experiment-get-all experiment-results-get experiment-list
        experiment-stats cohorts-list cohorts-retrieve dashboard-get dashboards-get-all surveys-global-stats`),
      approve: words("create-feature-flag execute-sql"),
    },
  ],
  [
    "langfuse",
    {
      allow: words(`listObservations getObservation getObservationFieldSchema getObservationFilterSchema
        getObservationFilterValues queryMetrics getMetricsSchema listScores getScore listScoreConfigs
        getScoreConfig`),
      approve: [],
    },
  ],
]);

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
