import { describe, expect, it } from "vitest";

import { eventually } from "../testing/eventually.ts";
import { silentLog } from "../testing/silent-log.ts";
import { createKeyedMutex } from "./keyed-mutex.ts";
import { createLimiter } from "./limiter.ts";
import { startLoop } from "./loop.ts";

const tick = () => new Promise((resolve) => setImmediate(resolve));

describe("keyed mutex", () => {
  it("keeps the order within a key, lets other keys pass, and survives a failure", async () => {
    const inOrder = createKeyedMutex();
    const seen: string[] = [];
    const slow = inOrder("a", async () => {
      await tick();
      await tick();
      seen.push("a1");
      throw new Error("a1 failed");
    });
    const next = inOrder("a", () => Promise.resolve(seen.push("a2")));
    await inOrder("b", () => Promise.resolve(seen.push("b1")));
    await expect(slow).rejects.toThrow("a1 failed");
    await next;
    expect(seen).toEqual(["b1", "a1", "a2"]);
  });
});

describe("limiter", () => {
  it("never runs more than its limit at once", async () => {
    const limited = createLimiter(2);
    let running = 0;
    let most = 0;
    const work = async () => {
      running += 1;
      most = Math.max(most, running);
      await tick();
      running -= 1;
    };
    await Promise.all(Array.from({ length: 9 }, () => limited(work)));
    expect(most).toBe(2);
  });
});

describe("loop", () => {
  it("turns again when woken, goes on after a fault, and stops after the turn in hand", async () => {
    let turns = 0;
    const loop = startLoop({
      name: "test",
      log: silentLog,
      faultDelayMs: 0,
      turn: () => {
        turns += 1;
        return turns === 1 ? Promise.reject(new Error("first turn fails")) : Promise.resolve(60_000);
      },
    });
    await eventually("a second turn", () => turns >= 2);
    loop.wake();
    await eventually("a third turn", () => turns >= 3);
    await loop.stop();
    loop.wake();
    await tick();
    expect(turns).toBe(3);
  });
});
