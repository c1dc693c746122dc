/** What there is, and what goes: lists, states, removals. The truth lies with the provider. */
import { stat } from "node:fs/promises";

import type { EngineDeps, Place } from "./bench.ts";
import type { Generations } from "./generations.ts";
import type { Found } from "./pure/choose.ts";
import { changedPaths } from "./sync/snapshot.ts";

const LOCAL_IDLE_MS = 24 * 3_600_000;

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );

export function createUpkeep({ provider, now }: EngineDeps, generations: Generations) {
  const lineOf = (found: Found) => ({
    id: found.id,
    name: found.name,
    cwd: found.root,
    sha: found.sha,
    state: found.state,
    provider: provider.name,
    lastUsed: new Date(found.lastUsedAt).toISOString(),
    running: generations.running(found.root),
  });
  return {
    list: async (isShown: (found: Found) => boolean) => (await provider.list()).filter(isShown).map(lineOf),
    /** A worktree's sandbox, and what it would be sent. */
    status: async (place: Place) => {
      const [found] = await provider.list(place.root);
      const outgoing = (await changedPaths(place)).map(({ path }) => path);
      return { ...(found === undefined ? { state: "none", provider: provider.name } : lineOf(found)), outgoing };
    },
    /** A worktree is gone, or its sandbox is not wanted any more. */
    forget: async (root: string): Promise<readonly Found[]> => {
      const all = await provider.list(root);
      for (const found of all) await provider.remove(found);
      generations.forget(root);
      return all;
    },
    /** Removes what belongs to no worktree any more, and cells that nobody used for a day; answers what went. */
    sweep: async (): Promise<readonly Found[]> => {
      const gone: Found[] = [];
      for (const found of await provider.list()) {
        if (generations.running(found.root) > 0) continue;
        const isIdle = provider.name === "local" && now() - found.lastUsedAt > LOCAL_IDLE_MS;
        if (!isIdle && (await exists(found.root))) continue;
        await provider.remove(found);
        generations.forget(found.root);
        gone.push(found);
      }
      return gone;
    },
  };
}
