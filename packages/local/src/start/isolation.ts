/** How far the agent's commands are enclosed here, and what must not be started without that. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";

import { opencodePlan, type Stage } from "./child-plan.ts";
import { THOR_SHELL } from "./layout.ts";

const PROBE_WITHIN_MS = 20_000;

export type Cell = "on" | "off";

/** Asks once per start whether a command can be put in a cell; the answer also lies beside the passes, where runner and shell read it. */
export async function probeCell(stage: Stage): Promise<Cell> {
  const { env } = opencodePlan(stage);
  const { stdout } = await promisify(execFile)(THOR_SHELL, ["--probe"], { env, timeout: PROBE_WITHIN_MS });
  return stdout.trim() === "on" ? "on" : "off";
}

/** A scripted model does only what its scenarios say; a real one needs walls, or somebody who says that it needs none. */
export function isolationFault(model: "real" | "simulated", cell: Cell, isAccepted: boolean): string | undefined {
  if (model === "simulated" || cell === "on" || isAccepted) return undefined;
  return "A real model would run commands without isolation: bubblewrap does not work here. Install bubblewrap (Linux), or say --unisolated to accept that.";
}

export const isolationLine = (cell: Cell) =>
  cell === "on"
    ? "Each command of the agent runs in a cell of its own (bubblewrap), not in a container."
    : "Commands run without isolation: bubblewrap does not work here.";
