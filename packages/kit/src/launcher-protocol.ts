/** What a service and its launcher say to each other, over the channel that Node gives a child. */
import { z } from "zod";

const id = z.int().min(1);
const stream = z.enum(["stdout", "stderr"]);
const bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array);

/** Order: start this, or signal it. */
export const Order = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("start"),
    id,
    start: z.strictObject({
      bin: z.string(),
      argv: z.array(z.string()),
      env: z.record(z.string(), z.string()),
      cwd: z.string(),
      stdin: z.union([z.string(), bytes]).optional(),
    }),
  }),
  z.strictObject({ kind: z.literal("signal"), id, signal: z.enum(["SIGTERM", "SIGKILL"]) }),
]);
export type Order = z.infer<typeof Order>;

const isSignal = (value: unknown): value is NodeJS.Signals => typeof value === "string" && value.startsWith("SIG");

/** Report: that a program began, what it said, or how it ended. */
export const Report = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("started"), id, pid: z.int().min(2) }),
  z.strictObject({ kind: z.literal("output"), id, stream, chunk: bytes }),
  z.strictObject({
    kind: z.literal("end"),
    id,
    end: z.discriminatedUnion("kind", [
      z.strictObject({
        kind: z.literal("ended"),
        code: z.int().nullable(),
        signal: z.custom<NodeJS.Signals>(isSignal).nullable(),
      }),
      z.strictObject({ kind: z.literal("not_found") }),
      z.strictObject({ kind: z.literal("spawn_failed"), error: z.string() }),
    ]),
  }),
]);
export type Report = z.infer<typeof Report>;
