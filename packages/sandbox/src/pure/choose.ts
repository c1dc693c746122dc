/** Which of several sandboxes of one worktree is used. */

type SandboxState = "starting" | "started" | "stopping" | "stopped" | "archived" | "error" | "destroying" | "other";

export interface Found {
  id: string;
  name: string;
  root: string;
  anchor: string;
  /** The commit that was synced last; empty before the first sync. */
  sha: string;
  state: SandboxState;
  createdAt: number;
  lastUsedAt: number;
}

const ORDER: readonly SandboxState[] = ["started", "starting", "stopping", "stopped", "archived"];
export type Choice =
  | { kind: "use"; found: Found; surplus: readonly Found[] }
  /** None is fit; those that stand in the way go first. */
  | { kind: "create"; broken: readonly Found[] };

/** Started before starting before stopped, then the newest. */
export function chooseSandbox(all: readonly Found[]): Choice {
  const rank = ({ state }: Found) => ORDER.indexOf(state);
  const fit = all.filter((one) => rank(one) >= 0).toSorted((a, b) => rank(a) - rank(b) || b.createdAt - a.createdAt);
  const [found, ...surplus] = fit;
  if (found === undefined) return { kind: "create", broken: all.filter(({ state }) => state === "error") };
  return { kind: "use", found, surplus };
}
