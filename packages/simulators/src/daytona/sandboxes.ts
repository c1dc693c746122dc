/** The sandboxes of a simulated account, and how they come and go by the world's clock. */
import { rmSync } from "node:fs";
import { join } from "node:path";

import { z } from "zod";

import type { World } from "../world/world.ts";
import { openCell, type Cell } from "./cell.ts";

export const Create = z.looseObject({
  name: z.string().optional(),
  snapshot: z.string().optional(),
  labels: z.record(z.string(), z.string()).default({}),
  autoStopInterval: z.number().int().default(15),
  autoDeleteInterval: z.number().int().default(-1),
  networkBlockAll: z.boolean().optional(),
  domainAllowList: z.string().optional(),
});
export interface SimulatedSandbox {
  id: string;
  name: string;
  given: z.infer<typeof Create>;
  labels: Record<string, string>;
  state: "creating" | "started" | "stopped" | "archived" | "error";
  createdAt: number;
  activeAt: number;
  directory: string;
  cell?: Cell | undefined;
}

const CREATING_MS = 30;
const MINUTE_MS = 60_000;

type All = Map<string, SimulatedSandbox>;

/** How one comes to run, and how it ends. */
function createStates(world: World, all: All) {
  const destroy = (sandbox: SimulatedSandbox) => {
    sandbox.cell?.close();
    all.delete(sandbox.id);
    rmSync(sandbox.directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  };
  const touch = (sandbox: SimulatedSandbox) => {
    sandbox.activeAt = world.clock.now();
  };
  const stop = (sandbox: SimulatedSandbox) => {
    sandbox.cell?.close();
    sandbox.cell = undefined;
    sandbox.state = "stopped";
    if (sandbox.given.autoDeleteInterval === 0) destroy(sandbox);
  };
  const start = (sandbox: SimulatedSandbox) => {
    touch(sandbox);
    sandbox.state = "creating";
    setTimeout(() => {
      if (sandbox.state !== "creating" || !all.has(sandbox.id)) return;
      sandbox.state = "started";
      sandbox.cell ??= openCell(sandbox.directory);
    }, CREATING_MS);
  };
  return { destroy, touch, stop, start };
}

export function createSandboxes(world: World, directory: string) {
  const all: All = new Map();
  const states = createStates(world, all);
  let count = 0;

  /** What time has done. */
  const settle = () => {
    for (const sandbox of all.values()) {
      const idleMs = world.clock.now() - sandbox.activeAt;
      const { autoStopInterval } = sandbox.given;
      const isIdle = autoStopInterval > 0 && idleMs > autoStopInterval * MINUTE_MS;
      if (sandbox.state === "started" && isIdle) states.stop(sandbox);
    }
  };
  return {
    ...states,
    list: (): SimulatedSandbox[] => {
      settle();
      return [...all.values()];
    },
    find: (idOrName: string): SimulatedSandbox | undefined => {
      settle();
      return all.get(idOrName) ?? [...all.values()].find(({ name }) => name === idOrName);
    },
    create: (given: z.infer<typeof Create>): SimulatedSandbox => {
      count += 1;
      const id = `sandbox-${count}`;
      const now = world.clock.now();
      const sandbox: SimulatedSandbox = {
        id,
        name: given.name ?? id,
        given,
        labels: given.labels,
        state: "creating",
        createdAt: now,
        activeAt: now,
        directory: join(directory, id),
      };
      all.set(id, sandbox);
      states.start(sandbox);
      return sandbox;
    },
    closeAll: () => {
      for (const sandbox of all.values()) sandbox.cell?.close();
    },
  };
}
export type Sandboxes = ReturnType<typeof createSandboxes>;
