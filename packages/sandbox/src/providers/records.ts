/** What is known of each local sandbox: a file beside its directories, which outlives every process. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

import { writeFileAtomic } from "@thor/kit/atomic-file";
import { createKeyedMutex } from "@thor/kit/flow/keyed-mutex";
import { z } from "zod";

import { SandboxGone } from "../pure/failure.ts";

const Meta = z.object({
  root: z.string(),
  anchor: z.string(),
  instance: z.string(),
  sha: z.string(),
  createdAt: z.number(),
  lastUsedAt: z.number(),
  isStopped: z.boolean(),
  /** Measured after the last command. */
  usedMiB: z.number(),
});
export type Meta = z.infer<typeof Meta>;

const ID = /^thor-[a-z0-9-]+$/;

export function createRecords(directory: string) {
  const inTurn = createKeyedMutex();
  const at = (id: string, name: string) => {
    if (!ID.test(id)) throw new Error("no sandbox has this name");
    return join(directory, id, name);
  };
  const read = async (id: string): Promise<Meta | undefined> => {
    const text = await readFile(at(id, "meta.json"), "utf8").catch(() => undefined);
    return text === undefined ? undefined : Meta.safeParse(JSON.parse(text)).data;
  };
  const write = (id: string, meta: Meta) => writeFileAtomic(at(id, "meta.json"), JSON.stringify(meta), 0o600);
  return {
    at,
    read,
    write,
    change: (id: string, next: Partial<Meta>) =>
      inTurn(id, async () => {
        const meta = await read(id);
        if (meta === undefined) throw new SandboxGone();
        await write(id, { ...meta, ...next });
      }),
    all: async () => {
      const ids = (await readdir(directory)).filter((name) => ID.test(name));
      const all = await Promise.all(ids.map(async (id) => ({ id, meta: await read(id) })));
      return all.flatMap(({ id, meta }) => (meta === undefined ? [] : [{ id, meta }]));
    },
  };
}
export type Records = ReturnType<typeof createRecords>;
