import { words, type Integration } from "./manifest.ts";

/** Metrics, logs and traces, through Grafana's own MCP server: a program beside Thor, or one that runs elsewhere. */
export const grafana: Integration = {
  id: "grafana",
  title: "Grafana",
  variables: [
    { name: "GRAFANA_URL", scope: "bundle", secret: false, required: true, doc: "Address of Grafana." },
    { name: "GRAFANA_SERVICE_ACCOUNT_TOKEN", scope: "bundle", secret: true, required: true, doc: "A viewer's token." },
    { name: "GRAFANA_ORG_ID", scope: "bundle", secret: false, required: true, doc: "Number of the organisation." },
    {
      name: "GRAFANA_MCP_BIN",
      scope: "global",
      secret: false,
      required: false,
      default: "/usr/local/bin/mcp-grafana",
      doc: "The program that is started.",
    },
    { name: "GRAFANA_MCP_URL", scope: "global", secret: false, required: false, doc: "Instead of the program." },
  ],
  mcp: (values) => {
    const { GRAFANA_URL = "", GRAFANA_SERVICE_ACCOUNT_TOKEN: token = "", GRAFANA_ORG_ID = "" } = values;
    const url = values["GRAFANA_MCP_URL"];
    if (url !== undefined) {
      const headers = {
        "X-Grafana-URL": GRAFANA_URL,
        "X-Grafana-Service-Account-Token": token,
        "X-Grafana-Org-Id": GRAFANA_ORG_ID,
      };
      return { transport: "http", url, headers };
    }
    return {
      transport: "stdio",
      command: values["GRAFANA_MCP_BIN"] ?? "",
      args: ["-transport", "stdio", "-enabled-tools", "datasource,prometheus,loki,proxied"],
      env: { GRAFANA_URL, GRAFANA_SERVICE_ACCOUNT_TOKEN: token, GRAFANA_ORG_ID },
    };
  },
  tools: {
    allow: words(`list_datasources get_datasource query_prometheus list_prometheus_metric_metadata
      list_prometheus_metric_names list_prometheus_label_names list_prometheus_label_values
      query_prometheus_histogram query_loki_logs list_loki_label_names list_loki_label_values query_loki_stats
      query_loki_patterns tempo_traceql-search tempo_traceql-metrics-instant tempo_traceql-metrics-range
      tempo_get-trace tempo_get-attribute-names tempo_get-attribute-values tempo_docs-traceql`),
    approve: [],
    hidden: [],
    internal: [],
  },
  pin: {},
  egress: [],
};
