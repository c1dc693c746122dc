/** The one place that says in which state a run is, so that lists, pages and the viewer cannot disagree. */
import type { RunStatus } from "@thor/domain/run";

export interface RunFacts {
  status: RunStatus;
  startedAt: number;
  /** Of any sign of life, output of a tool included. */
  lastEventAt?: number | undefined;
  endedAt?: number | undefined;
  reason?: string | undefined;
  park?: unknown;
}
export interface RunState {
  word: "Running" | "Waiting for a person" | "Parked" | "Quiet" | "Done" | "Failed" | "Stopped" | "Crashed";
  icon: string;
  tone: "busy" | "wait" | "good" | "bad" | "still";
  /** Why, in words. */
  why: string | undefined;
}

const QUIET_MS = 5 * 60_000;
const STATES = {
  Running: { icon: "▶", tone: "busy" },
  "Waiting for a person": { icon: "?", tone: "wait" },
  Parked: { icon: "‖", tone: "wait" },
  Quiet: { icon: "…", tone: "wait" },
  Done: { icon: "✓", tone: "good" },
  Failed: { icon: "✕", tone: "bad" },
  Stopped: { icon: "■", tone: "still" },
  Crashed: { icon: "⚡", tone: "bad" },
} as const satisfies Record<RunState["word"], { icon: string; tone: RunState["tone"] }>;

const state = (word: RunState["word"], why?: string): RunState => ({ word, ...STATES[word], why });

/** The states by their words in the address of a list, with the stored ones that they stand for. */
export const STATE_FILTERS = {
  running: ["starting", "running"],
  parked: ["parked"],
  done: ["completed"],
  failed: ["error"],
  stopped: ["aborted", "budget"],
  crashed: ["crashed"],
} as const satisfies Record<string, readonly RunStatus[]>;

const PARKED_FOR = { quota: "the model's quota", stuck: "it went in circles", restart: "a restart" } as const;

function parkedWhy(park: unknown): string | undefined {
  if (park === null || typeof park !== "object" || !("why" in park)) return undefined;
  const { why } = park;
  const known = Object.entries(PARKED_FOR).find(([name]) => name === why)?.[1];
  return known ?? (typeof why === "string" ? why : undefined);
}

function openState(run: RunFacts, { now, asks }: { now: number; asks: boolean }): RunState {
  if (asks) return state("Waiting for a person");
  const since = run.lastEventAt ?? run.startedAt;
  return now - since >= QUIET_MS ? state("Quiet", "no sign of life for a while") : state("Running");
}

/** The state of a run at a time; `asks`: an approval or a question of it is open. */
export function runState(run: RunFacts, at: { now: number; asks: boolean }): RunState {
  switch (run.status) {
    case "starting":
    case "running":
      return openState(run, at);
    case "parked":
      return at.asks ? state("Waiting for a person") : state("Parked", parkedWhy(run.park));
    case "completed":
      return state("Done");
    case "error":
      return state("Failed", run.reason);
    case "aborted":
      return state("Stopped", run.reason);
    case "budget":
      return state("Stopped", "budget used up");
    case "crashed":
      return state("Crashed", run.reason);
  }
}

export const isOpen = ({ endedAt }: Pick<RunFacts, "endedAt">) => endedAt === undefined;
export const elapsedMs = ({ startedAt, endedAt }: Pick<RunFacts, "startedAt" | "endedAt">, now: number) =>
  (endedAt ?? now) - startedAt;
