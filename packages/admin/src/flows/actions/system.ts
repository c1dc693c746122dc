/** Holding everything new, and letting it go. */
import type { Ledger } from "@thor/ledger/port";

import { type Action, doneOf, type ProofOf, type Wish } from "./action.ts";

const KEY = "dispatch_paused";

const back = () => "/admin/system";

export function systemActions(deps: Pick<Ledger, "setSetting">): Action[] {
  const turn =
    (isPaused: boolean) =>
    async ({ email }: Wish, proof: ProofOf) =>
      doneOf(
        await deps.setSetting({ key: KEY, value: isPaused, by: email }, proof({ target: "dispatch" })),
        isPaused ? "Paused: requests are kept, none starts." : "Resumed: what was kept goes out in its order.",
      );
  return [
    {
      path: "/system/pause",
      event: "admin.dispatch.pause",
      back,
      confirm: async () => ({
        title: "Pause dispatch",
        effect:
          "Events are still taken in and kept; nothing new starts, and running work finishes. It stays so across restarts.",
        button: "Pause",
        needsReason: true,
      }),
      run: turn(true),
    },
    { path: "/system/resume", event: "admin.dispatch.resume", back, run: turn(false) },
  ];
}
