/** Firing a line now, and pausing it; the file stays as it is. */
import type { Ledger } from "@thor/ledger/port";

import { type Action, type Done, doneOf, type ProofOf, type Wish } from "./action.ts";

type ScheduleDeps = Pick<Ledger, "recordScheduleRun" | "setSetting" | "listSchedule">;

const hashIn = ({ params }: Wish) => params["lineHash"] ?? "";
const back = (wish: Wish) => `/admin/schedules/${hashIn(wish)}`;

export function scheduleActions(deps: ScheduleDeps): Action[] {
  const isKnown = async (lineHash: string) =>
    (await deps.listSchedule()).some(({ line_hash: hash, valid }) => hash === lineHash && valid === 1);
  const pause =
    (isPaused: boolean) =>
    async (wish: Wish, proof: ProofOf): Promise<Done> => {
      const lineHash = hashIn(wish);
      if (!(await isKnown(lineHash))) return { kind: "unknown" };
      const setting = { key: `schedule.paused:${lineHash}`, value: isPaused, by: wish.email };
      const proven = proof({ target: lineHash, detail: { paused: isPaused ? 1 : 0 } });
      return doneOf(await deps.setSetting(setting, proven), isPaused ? "Paused: it does not fire." : "It fires again.");
    };
  return [
    {
      path: "/schedules/:lineHash/run",
      event: "admin.schedule.run",
      back,
      run: async (wish, proof) => {
        const lineHash = hashIn(wish);
        if (!(await isKnown(lineHash))) return { kind: "unknown" };
        const firing = { lineHash, dueAt: wish.moment.now, state: "waiting" as const, requestedBy: wish.email };
        return doneOf(await deps.recordScheduleRun(firing, proof({ target: lineHash })), "It is fired within seconds.");
      },
    },
    { path: "/schedules/:lineHash/pause", event: "admin.schedule.pause", back, run: pause(true) },
    { path: "/schedules/:lineHash/resume", event: "admin.schedule.pause", back, run: pause(false) },
  ];
}
