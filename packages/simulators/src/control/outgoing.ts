/** Planned misbehaviour of deliveries: late, lost, doubled, forged or in another order, alike for every provider. */
import { setTimeout as pause } from "node:timers/promises";

import type { World } from "../world/world.ts";
import type { Deed } from "./faults.ts";

/** A delivery that waits for its turn goes out after this time, whether or not its window filled. */
const HELD_AT_MOST_MS = 1000;
const BETWEEN_HELD_MS = 25;

/** What a delivery has to suffer. */
export interface Fate {
  fault?: string;
  isLost: boolean;
  isForged: boolean;
  isStale: boolean;
  copies: number;
  gapMs: number;
}

type Release = () => void;

/** Holds deliveries until `window` of them wait, and lets the newest go first. */
function createHold() {
  let held: Release[] = [];
  let giveUp: NodeJS.Timeout | undefined;
  const releaseAll = () => {
    clearTimeout(giveUp);
    const due = held.toReversed();
    held = [];
    for (const [index, release] of due.entries()) setTimeout(release, index * BETWEEN_HELD_MS);
  };
  return (window: number) =>
    new Promise<void>((resolve) => {
      held.push(resolve);
      if (held.length === 1) giveUp = setTimeout(releaseAll, HELD_AT_MOST_MS);
      if (held.length >= window) releaseAll();
    });
}

function waitOf(deed: Deed): number {
  if ("late" in deed) return deed.late.by;
  return "delay" in deed ? deed.delay : 0;
}

/** Tells what a delivery suffers, after it waited as long as it was planned to. */
export function createFates({ faults }: Pick<World, "faults">) {
  const hold = createHold();
  return async (occasion: { sim: string; method: string; body: unknown }): Promise<Fate> => {
    const met = faults.meet({ ...occasion, direction: "out" });
    if (met === undefined) return { isLost: false, isForged: false, isStale: false, copies: 0, gapMs: 0 };
    const { id, deed } = met;
    await pause(waitOf(deed));
    if ("reorder" in deed) await hold(deed.reorder.window);
    return {
      fault: id,
      isLost: "lose" in deed,
      isForged: "badSignature" in deed,
      isStale: "staleTimestamp" in deed,
      copies: "duplicate" in deed ? deed.duplicate.copies : 0,
      gapMs: "duplicate" in deed ? (deed.duplicate.gap ?? 0) : 0,
    };
  };
}
