/** What a write is given besides its transaction, and what it leaves for the end of the commit. */
import type { z } from "zod";

import type { Topic } from "../contract/topic.ts";
import type { QueueLimits } from "../limits.ts";
import type { Db } from "../schema.ts";

export interface WriteContext {
  now: number;
  /** A number in [0, 1). */
  chance: () => number;
  newId: () => string;
  limits: QueueLimits;
  /** Key of the audit chain with its public name. */
  chain: { key: Buffer; keyId: string };
  /** Tells watchers of this topic, in the change feed of the same transaction. */
  changed: (topic: Topic, key: string) => void;
  /** Moves a counter that pages read. */
  count: (counter: string, delta: number) => void;
}

/** One named write: its input is checked by the caller's side, `run` fills the open transaction. */
export interface WriteDefinition<Schema extends z.ZodType, Outcome> {
  input: Schema;
  run: (tx: Db, input: z.output<Schema>, context: WriteContext) => Promise<Outcome>;
}

/** Pairs a write with the schema of its input. */
export function defineWrite<Schema extends z.ZodType, Outcome extends { kind: string }>(
  input: Schema,
  run: WriteDefinition<Schema, Outcome>["run"],
): WriteDefinition<Schema, Outcome> {
  return { input, run };
}
