/** Work on a worktree and its sandbox that nobody else may interleave with, in a directory of its own. */
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";

import { SandboxFailure } from "./pure/failure.ts";
import { NOTE_MS, WAIT_MS } from "./pure/limits.ts";

export type Leased =
  | { kind: "locked"; unlock: () => Promise<void>; isLost: () => boolean }
  | { kind: "busy" }
  | { kind: "cancelled" };
export interface UnderLeaseDeps {
  lease: (name: string, signal: AbortSignal, waitMs: number) => Promise<Leased>;
  /** Where private directories are made; nobody else may look in. */
  scratch: string;
}
export interface Desk {
  directory: string;
  check: () => void;
}

/** Binds the lease and the place of scratch files. */
export const createUnderLease =
  ({ lease, scratch }: UnderLeaseDeps) =>
  async <T>(
    root: string,
    given: { signal: AbortSignal; note: (text: string) => void },
    work: (desk: Desk) => Promise<T>,
  ): Promise<T> => {
    const notes = setInterval(() => given.note("waiting: something else works on this worktree"), NOTE_MS);
    const leased = await lease(`worktree:${root}`, given.signal, WAIT_MS).finally(() => clearInterval(notes));
    if (leased.kind === "cancelled") throw new SandboxFailure("cancelled");
    if (leased.kind === "busy") throw new SandboxFailure("something else works on this worktree", "try again later");
    const directory = await mkdtemp(join(scratch, "work-"));
    const check = () => {
      if (leased.isLost()) throw new SandboxFailure("the right to change this worktree was lost", "run again");
      if (given.signal.aborted) throw new SandboxFailure("cancelled");
    };
    try {
      return await work({ directory, check });
    } finally {
      await rm(directory, { recursive: true, force: true });
      await leased.unlock();
    }
  };
