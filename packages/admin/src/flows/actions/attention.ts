/** Hiding a call for attention for a while; it comes back at once when it grows. */
import type { Ledger } from "@thor/ledger/port";

import { type Action, doneOf, numberIn, one } from "./action.ts";

const HOUR_MS = 3_600_000;
const HOURS: ReadonlySet<number> = new Set([1, 24]);

export const attentionActions = (deps: Pick<Ledger, "snooze">): Action[] => [
  {
    path: "/attention/snooze",
    event: "admin.attention.snooze",
    back: () => "/admin",
    run: async ({ fields, email, moment }, proof) => {
      const key = one(fields, "key");
      const hours = numberIn(fields, "hours");
      const size = numberIn(fields, "size");
      if (key === undefined || !HOURS.has(hours) || !Number.isSafeInteger(size))
        return { kind: "invalid", text: "Hide what, and for how long?" };
      const until = moment.now + hours * HOUR_MS;
      return doneOf(
        await deps.snooze({ key: `${key}#${size}`, until, by: email }, proof({ target: key, detail: { hours } })),
        `Hidden for ${hours} h, unless it gets worse.`,
      );
    },
  },
];
