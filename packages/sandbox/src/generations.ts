/**
 * What each sandbox was synced to, and what runs there. A generation begins with a sync; its digests are those of
 * worktrees that equal the sandbox: the one synced, and the one after each pull-back. Kept in memory: a restart costs
 * one sync.
 */
import type { Found } from "./pure/choose.ts";
import { COMMANDS_AT_ONCE } from "./pure/limits.ts";
import type { Snapshot } from "./sync/snapshot.ts";

interface Generation {
  found: Found;
  snapshot: Snapshot;
  digests: Set<string>;
  running: number;
  /** Every command so far ended with a pull-back: nothing lies there that the worktree lacks. */
  isClean: boolean;
}
export type Admission =
  | { kind: "join"; found: Found }
  | { kind: "reuse"; id: string }
  | { kind: "sync" }
  /** Syncing would pull files from under what runs. */
  | { kind: "wait" }
  | { kind: "full" };

export function createGenerations() {
  const generations = new Map<string, Generation>();
  const waiting = new Map<string, Set<() => void>>();

  return {
    admit: (root: string, digest: string, isFresh: boolean): Admission => {
      const now = generations.get(root);
      if (now === undefined) return { kind: "sync" };
      const isSame = now.digests.has(digest) && !isFresh;
      if (now.running === 0) return isSame && now.isClean ? { kind: "reuse", id: now.found.id } : { kind: "sync" };
      if (!isSame) return { kind: "wait" };
      return now.running < COMMANDS_AT_ONCE ? { kind: "join", found: now.found } : { kind: "full" };
    },
    /** A sync is done. */
    begin: (root: string, found: Found, snapshot: Snapshot) => {
      const digests = new Set([snapshot.digest]);
      generations.set(root, { found, snapshot, digests, running: 0, isClean: true });
    },
    enter: (root: string) => {
      const now = generations.get(root);
      if (now !== undefined) now.running += 1;
    },
    /** A command has ended; its changes came back, or lie in the sandbox still. */
    leave: (root: string, isPulled: boolean) => {
      const now = generations.get(root);
      if (now === undefined) return;
      now.running -= 1;
      if (!isPulled) now.isClean = false;
      if (now.running > 0) return;
      for (const wake of waiting.get(root) ?? []) wake();
    },
    /** The worktree equals the sandbox in this state, too. */
    know: (root: string, digest: string) => void generations.get(root)?.digests.add(digest),
    forget: (root: string) => void generations.delete(root),
    running: (root: string) => generations.get(root)?.running ?? 0,
    snapshot: (root: string, id: string) => {
      const now = generations.get(root);
      return now?.found.id === id ? now.snapshot : undefined;
    },
    /** Resolves when nothing runs there any more, or after `withinMs`. */
    idle: (root: string, signal: AbortSignal, withinMs: number) =>
      new Promise<void>((resolve) => {
        if ((generations.get(root)?.running ?? 0) === 0 || signal.aborted) return resolve();
        const all = waiting.get(root) ?? new Set();
        waiting.set(root, all);
        const wake = () => {
          clearTimeout(timer);
          signal.removeEventListener("abort", wake);
          all.delete(wake);
          resolve();
        };
        const timer = setTimeout(wake, withinMs);
        signal.addEventListener("abort", wake, { once: true });
        all.add(wake);
      }),
  };
}
export type Generations = ReturnType<typeof createGenerations>;
