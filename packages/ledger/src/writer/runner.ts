import type { Db } from "../schema.ts";
import { WRITES } from "./catalogue.ts";
import type { WriteContext } from "./context.ts";
import type { RunCommand } from "./run-batch.ts";

/** What the writer needs of a write: whoever asked for it has checked the input, so it arrives as JSON of its type. */
interface Runnable {
  run(tx: Db, input: unknown, context: WriteContext): Promise<unknown>;
}
const byName: ReadonlyMap<string, Runnable> = new Map<string, Runnable>(Object.entries(WRITES));

/** Runs a named write with an input that its caller has checked. */
export const createRunner =
  (db: Db): RunCommand =>
  async ({ name, input }, context) => {
    const write = byName.get(name);
    if (write === undefined) throw new Error(`no write is named ${name}`);
    return write.run(db, JSON.parse(input), context);
  };
