/** The steps between a worktree and its sandbox, each under the worktree's lease. */
import { randomUUID } from "node:crypto";
import { join } from "node:path";

import type { Generations } from "./generations.ts";
import { createObtain } from "./obtain.ts";
import type { Provider } from "./provider.ts";
import type { Found } from "./pure/choose.ts";
import { SandboxFailure } from "./pure/failure.ts";
import { COMMANDS_AT_ONCE, NOTE_MS, WAIT_MS } from "./pure/limits.ts";
import { noteOn, type Io } from "./run-command.ts";
import type { Worktree } from "./sync/host-git.ts";
import { pullBack, type Pulled } from "./sync/pull.ts";
import { pushSnapshot, type Transfer } from "./sync/push.ts";
import { takeSnapshot, type Snapshot } from "./sync/snapshot.ts";
import { createUnderLease, type Desk, type UnderLeaseDeps } from "./under-lease.ts";

export interface EngineDeps extends UnderLeaseDeps {
  provider: Provider;
  now: () => number;
  limits: () => { maxActive: number; maxPerConversation: number; commandTimeoutMs: number; maxTimeoutMs: number };
}
/** A worktree that was checked, for a conversation. */
export interface Place extends Worktree {
  /** The working directory below the root. */
  subPath: string;
  anchor: string;
}
export interface Ready {
  found: Found;
  snapshot: Snapshot;
}
interface Syncing {
  desk: Desk;
  isFresh: boolean;
  /** The sandbox that needs no sync, if it is still the one. */
  reuseId?: string | undefined;
}

export const isPulledWhole = ({ conflicts, badLinks }: Pulled) => conflicts.length === 0 && badLinks.length === 0;
export const countOf = ({ changed, added, deleted }: Pulled) => changed + added + deleted;

function tellPulled(pulled: Pulled, note: (text: string) => void): void {
  const { changed, added, deleted, conflicts, badLinks } = pulled;
  if (countOf(pulled) > 0) note(`pulled ${changed} changed, ${added} new, ${deleted} deleted`);
  if (conflicts.length > 0) note(`not overwritten, changed here meanwhile: ${conflicts.join(", ")}; re-run`);
  if (badLinks.length > 0) note(`links that lead out of the worktree are refused: ${badLinks.join(", ")}`);
}

async function snapshotIn({ directory }: Desk, place: Place) {
  const archive = join(directory, `overlay-${randomUUID()}.tar`);
  return { archive, snapshot: await takeSnapshot(place, archive) };
}

/** Syncs into a sandbox that is found, woken or made; a new one that cannot be synced does not stay. */
function createSync({ provider, limits }: EngineDeps, generations: Generations) {
  const obtain = createObtain({ provider, limits, running: generations.running });
  return async (place: Place, io: Io, { desk, isFresh, reuseId }: Syncing): Promise<Ready> => {
    const note = noteOn(io);
    const { archive, snapshot } = await snapshotIn(desk, place);
    desk.check();
    const { found, isNew } = await obtain({ root: place.root, anchor: place.anchor, note });
    if (found.id === reuseId) return { found, snapshot };
    generations.forget(place.root);
    const transfer: Transfer = { provider, found, worktree: place, signal: io.signal, note, ...desk };
    try {
      await pushSnapshot(transfer, snapshot, { archive, isFresh });
    } catch (err) {
      if (isNew) await provider.remove(found).catch(() => undefined);
      throw err;
    }
    generations.begin(place.root, { ...found, sha: snapshot.head }, snapshot);
    return { found, snapshot };
  };
}

export function createBench(deps: EngineDeps, generations: Generations) {
  const { provider, now } = deps;
  const sync = createSync(deps, generations);
  const underLease = createUnderLease(deps);
  const leased = <T>(place: Place, io: Io, work: (desk: Desk) => Promise<T>) =>
    underLease(place.root, { signal: io.signal, note: noteOn(io) }, work);

  const enter = (place: Place, isFresh: boolean, io: Io): Promise<Ready | "wait"> =>
    leased(place, io, async (desk) => {
      const { snapshot } = await snapshotIn(desk, place);
      const admission = generations.admit(place.root, snapshot.digest, isFresh);
      if (admission.kind === "wait") return "wait";
      if (admission.kind === "full")
        throw new SandboxFailure(`${COMMANDS_AT_ONCE} commands run in this sandbox already`, "wait for one to end");
      const reuseId = admission.kind === "reuse" ? admission.id : undefined;
      const ready =
        admission.kind === "join"
          ? { found: admission.found, snapshot }
          : await sync(place, io, { desk, isFresh, reuseId });
      generations.enter(place.root);
      return ready;
    });

  return {
    /** A sandbox in the worktree's state, in which one command more is counted; waits while others run on another state. */
    prepare: async (place: Place, isFresh: boolean, io: Io): Promise<Ready> => {
      const until = now() + WAIT_MS;
      for (;;) {
        const ready = await enter(place, isFresh, io);
        if (ready !== "wait") return ready;
        if (now() >= until) throw new SandboxFailure("other commands keep this sandbox busy", "try again later");
        noteOn(io)("waiting: a command runs here on another state of the worktree");
        await generations.idle(place.root, io.signal, NOTE_MS);
      }
    },
    /** Syncs now, whatever is known. */
    sync: (place: Place, isFresh: boolean, io: Io) => leased(place, io, (desk) => sync(place, io, { desk, isFresh })),
    pull: (place: Place, { found, snapshot }: Ready, io: Io): Promise<Pulled> =>
      leased(place, io, async (desk) => {
        const note = noteOn(io);
        const pulled = await pullBack({ provider, found, worktree: place, signal: io.signal, note, ...desk }, snapshot);
        if (isPulledWhole(pulled) && countOf(pulled) > 0)
          generations.know(place.root, (await snapshotIn(desk, place)).snapshot.digest);
        tellPulled(pulled, note);
        return pulled;
      }),
  };
}
export type Bench = ReturnType<typeof createBench>;
