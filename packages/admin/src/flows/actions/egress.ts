/** Hiding a blocked host; letting one out is a change of thor.json and goes through its review. */
import type { Ledger } from "@thor/ledger/port";

import { type Action, doneOf, one } from "./action.ts";

export const egressActions = (deps: Pick<Ledger, "dismissBlocked">): Action[] => [
  {
    path: "/egress/dismiss",
    event: "admin.egress.dismiss",
    back: () => "/admin/egress",
    confirm: async ({ fields }) => ({
      title: "Dismiss a host",
      effect: `${one(fields, "host") ?? "The host"} is not listed any more until it is tried in a new way. It stays blocked.`,
      button: "Dismiss it",
      needsReason: true,
    }),
    run: async ({ fields }, proof) => {
      const [host, reason] = [one(fields, "host"), one(fields, "why")];
      if (host === undefined || reason === undefined)
        return { kind: "invalid", text: "Which host, and blocked for what?" };
      return doneOf(await deps.dismissBlocked({ host, reason }, proof({ target: host })), "Dismissed.");
    },
  },
];
