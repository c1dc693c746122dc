/** GET /admin/integrations, one of them, and the policy's explainer. */
import type { Reads } from "@thor/ledger/port";

import { Drift, Links, Tools, TryCall } from "../../core/view/integrations.tsx";
import type { Asked, PageSpec } from "./page.ts";

/** The list. */
export const integrationsPage: PageSpec = {
  path: "/admin/integrations",
  topics: ["status"],
  paceMs: 1000,
  title: async () => "Integrations",
  panels: [
    {
      id: "links",
      title: "Integrations",
      draw: async (reads, { moment }) => Links({ links: await reads.listIntegrations(), moment }),
    },
  ],
};

const nameIn = ({ params }: Asked) => decodeURIComponent(params["integration"] ?? "");
const find = async (reads: Reads, asked: Asked) =>
  (await reads.listIntegrations()).find(({ integration }) => integration === nameIn(asked));

/** One link with its tools. */
export const integrationPage: PageSpec = {
  path: "/admin/integrations/:integration",
  topics: ["status"],
  paceMs: 1000,
  title: async (reads, asked) => (await find(reads, asked))?.integration,
  panels: [
    {
      id: "drift",
      title: "Drift",
      draw: async (reads, asked) => {
        const link = await find(reads, asked);
        if (link === undefined) throw new Error("the integration is gone");
        return Drift({ link });
      },
    },
    {
      id: "tools",
      title: "Tools",
      draw: async (reads, asked) =>
        Tools({ tools: await reads.listIntegrationTools({ integration: nameIn(asked) }), moment: asked.moment }),
    },
  ],
};

/** The form of the explainer; its answer is a page of its own. */
export const policyPage: PageSpec = {
  path: "/admin/policy",
  topics: [],
  title: async () => "Try a call",
  panels: [
    {
      id: "try",
      title: "Try this call",
      draw: async (_reads, { csrf, query }) =>
        TryCall({ form: { tool: "git", args: "", cwd: "", anchor: query["anchor"] ?? "", csrf } }),
    },
  ],
};
