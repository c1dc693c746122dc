import { randomBytes } from "node:crypto";

import { uuidV7 } from "./pure/uuid-v7.ts";

const MAX_SEQUENCE = 0xfff;

/** A source of UUIDv7 that never goes backwards within one process, also when the clock does. */
export function createIds(now: () => number, chance: (bytes: number) => Uint8Array = randomBytes): () => string {
  let lastMs = 0;
  let sequence = 0;
  return () => {
    const ms = now();
    if (ms > lastMs) {
      lastMs = ms;
      sequence = 0;
    } else if (sequence < MAX_SEQUENCE) {
      sequence += 1;
    } else {
      lastMs += 1;
      sequence = 0;
    }
    return uuidV7(lastMs, sequence, chance(8));
  };
}
