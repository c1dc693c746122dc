/** `sandbox`: sync, run, pull back; one sandbox for each worktree, whatever the provider. */
import { countOf, createBench, isPulledWhole, type EngineDeps, type Place } from "./bench.ts";
import { createExec } from "./exec.ts";
import { createGenerations } from "./generations.ts";
import { guarded } from "./guard.ts";
import type { Found } from "./pure/choose.ts";
import { SandboxFailure } from "./pure/failure.ts";
import type { Io } from "./run-command.ts";
import { createUpkeep } from "./upkeep.ts";

/** Binds a provider, the lease and the limits. */
export function createSandboxEngine(deps: EngineDeps) {
  const { provider } = deps;
  const generations = createGenerations();
  const bench = createBench(deps, generations);
  const upkeep = createUpkeep(deps, generations);

  const current = async (root: string): Promise<Found> => {
    const [found] = await provider.list(root);
    if (found !== undefined) return found;
    throw new SandboxFailure("this worktree has no sandbox", "run something in it, or sandbox create");
  };
  const refuseWhileRunning = (root: string) => {
    if (generations.running(root) > 0) throw new SandboxFailure("a command runs in this sandbox", "wait, or stop it");
  };

  return {
    ...upkeep,
    exec: createExec(deps, generations, bench),
    /** Makes or wakes the sandbox and syncs now; `isFresh` takes ignored files away first. */
    create: (place: Place, isFresh: boolean, io: Io) =>
      guarded(io, async () => {
        refuseWhileRunning(place.root);
        const { found } = await bench.sync(place, isFresh, io);
        io.sink("stdout", `${found.id}\n`);
        return { exitCode: 0, ended: "exit", sandboxId: found.id };
      }),
    pull: (place: Place, io: Io) =>
      guarded(io, async () => {
        const found = await current(place.root);
        const known = generations.snapshot(place.root, found.id);
        // Without memory of what was synced, nothing that differs here from the commit is overwritten.
        const snapshot = known ?? { head: found.sha, states: new Map<string, string>(), digest: "" };
        const pulled = await bench.pull(place, { found, snapshot }, io);
        const exitCode = isPulledWhole(pulled) ? 0 : 1;
        return { exitCode, ended: "exit", sandboxId: found.id, pulled: countOf(pulled) };
      }),
    stop: (place: Place, io: Io) =>
      guarded(io, async () => {
        refuseWhileRunning(place.root);
        const found = await current(place.root);
        generations.forget(place.root);
        const left = await provider.stop(found);
        io.sink("stdout", `${found.id} ${left === "kept" ? "stopped" : "stopped and removed"}\n`);
        return { exitCode: 0, ended: "exit", sandboxId: found.id };
      }),
    remove: (place: Place, io: Io) =>
      guarded(io, async () => {
        refuseWhileRunning(place.root);
        const all = await upkeep.forget(place.root);
        io.sink("stdout", all.map(({ id }) => `${id} deleted\n`).join(""));
        return { exitCode: 0, ended: "exit" };
      }),
  };
}
export type SandboxEngine = ReturnType<typeof createSandboxEngine>;
