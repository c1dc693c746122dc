/** GET /admin/egress: what was stopped at the door, and what went out. */
import { BlockedHosts, LetThrough } from "../../core/view/egress.tsx";
import type { PageSpec } from "./page.ts";

const DAYS_MS = 7 * 86_400_000;

export const egressPage: PageSpec = {
  path: "/admin/egress",
  topics: ["status"],
  paceMs: 1000,
  title: async () => "Egress",
  panels: [
    {
      id: "blocked",
      title: "Blocked",
      draw: async (reads, { moment, csrf }) => BlockedHosts({ rows: await reads.listBlocked(), moment, csrf }),
    },
    {
      id: "passed",
      title: "Let through",
      draw: async (reads, { moment }) =>
        LetThrough({ rows: await reads.listEgress({ since: moment.now - DAYS_MS }), moment }),
    },
  ],
};
