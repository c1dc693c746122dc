/** Ids and chance that follow from the seed, so one seed gives one world. */
import { createHash } from "node:crypto";

import { z } from "zod";

import type { Store } from "./store.ts";

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

export interface Ids {
  /** An id of the provider's shape: `next("Ev", 9)` → `Ev` and nine letters or digits. */
  next: (prefix: string, length: number) => string;
  /** A number in [0, 1). */
  chance: () => number;
}

/** A stable text of `length` letters and digits that follows from the given words. */
function derivedId(words: readonly string[], length: number): string {
  const digest = createHash("sha512").update(words.join("\u0000")).digest();
  return [...digest.subarray(0, length)].map((byte) => ALPHABET[byte % ALPHABET.length]).join("");
}

export function createIds(store: Store, seed: string): Ids {
  const counters = store.collection("counters", z.number());
  const count = (name: string) => counters.put(name, (counters.get(name) ?? 0) + 1);
  return {
    next: (prefix, length) => prefix + derivedId([seed, prefix, String(count(prefix))], length),
    chance: () =>
      createHash("sha256")
        .update(`${seed}/chance/${count("chance")}`)
        .digest()
        .readUInt32BE(0) /
      2 ** 32,
  };
}
