/** From what went wrong to what is said: only what was foreseen has words. */
import { SandboxFailure } from "./pure/failure.ts";
import { noteOn, type Ended, type Io } from "./run-command.ts";

export interface Outcome {
  exitCode: number;
  ended: Ended["ended"];
  sandboxId?: string;
  /** How many paths came back. */
  pulled?: number;
}

export const CANCELLED = 130;

/** Says a failure on the error stream; a fault of ours goes on up. */
export async function guarded(io: Io, work: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await work();
  } catch (err) {
    if (io.signal.aborted) return { exitCode: CANCELLED, ended: "cancelled" };
    if (!(err instanceof SandboxFailure)) throw err;
    noteOn(io)(err.hint === undefined ? err.message : `${err.message}; ${err.hint}`);
    return { exitCode: 1, ended: "exit" };
  }
}
