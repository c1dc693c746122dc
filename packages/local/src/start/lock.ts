/** One start per data directory, and no leftovers of one that was killed. */
import { readFileSync, rmSync, writeFileSync } from "node:fs";

import { z } from "zod";

import { endGroup, startTimeOf } from "./process-identity.ts";

const Owner = z.object({ pid: z.number(), startedAt: z.string() });
const Lock = Owner.extend({ url: z.string().optional(), children: z.record(z.string(), Owner) });
export type Lock = z.infer<typeof Lock>;

function readLock(file: string): Lock | undefined {
  try {
    return Lock.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    return undefined;
  }
}

const lives = ({ pid, startedAt }: z.infer<typeof Owner>) => startTimeOf(pid) === startedAt;

export type Taken = { kind: "taken"; write: (lock: Pick<Lock, "url" | "children">) => void; release: () => void };

/** Takes the directory, after ending what a killed start left behind; `running` names the start that has it. */
export function takeLock(file: string): Taken | { kind: "running"; lock: Lock } {
  const found = readLock(file);
  if (found !== undefined && found.pid !== process.pid && lives(found)) return { kind: "running", lock: found };
  for (const child of Object.values(found?.children ?? {})) if (lives(child)) endGroup(child.pid);
  const me = { pid: process.pid, startedAt: startTimeOf(process.pid) ?? "" };
  const write = (rest: Pick<Lock, "url" | "children">) => {
    writeFileSync(file, JSON.stringify({ ...me, ...rest }), { mode: 0o600 });
  };
  write({ children: {} });
  return { kind: "taken", write, release: () => rmSync(file, { force: true }) };
}
