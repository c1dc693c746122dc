import { words, type Integration } from "./manifest.ts";

/** Traces of language models, through the MCP server inside Langfuse. */
export const langfuse: Integration = {
  id: "langfuse",
  title: "Langfuse",
  variables: [
    { name: "LANGFUSE_PUBLIC_KEY", scope: "bundle", secret: false, required: true, doc: "Public key of the project." },
    { name: "LANGFUSE_SECRET_KEY", scope: "bundle", secret: true, required: true, doc: "Secret key of the project." },
    { name: "LANGFUSE_BASE_URL", scope: "bundle", secret: false, required: true, doc: "Address of Langfuse." },
  ],
  mcp: (values) => {
    const { LANGFUSE_PUBLIC_KEY = "", LANGFUSE_SECRET_KEY = "", LANGFUSE_BASE_URL = "" } = values;
    return {
      transport: "http",
      url: `${LANGFUSE_BASE_URL}/api/public/mcp`,
      headers: { Authorization: `Basic ${btoa(`${LANGFUSE_PUBLIC_KEY}:${LANGFUSE_SECRET_KEY}`)}` },
    };
  },
  tools: {
    allow: words(`listObservations getObservation getObservationFieldSchema getObservationFilterSchema
      getObservationFilterValues queryMetrics getMetricsSchema listScores getScore listScoreConfigs getScoreConfig`),
    approve: [],
    hidden: [],
    internal: [],
  },
  pin: {},
  egress: [],
};
