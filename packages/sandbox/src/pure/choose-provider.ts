/** Which provider an installation has; an outage of one is never answered by another. */

export type Chosen = { kind: "local" | "off"; text: string };

const NO_CELLS =
  "bubblewrap does not work here: it needs user namespaces and a real /proc (security_opt: systempaths=unconfined, and a seccomp profile that allows unshare and mount)";

/** Local cells where they work, unless the operator says otherwise. */
export function chooseProvider({ wanted, hasCells }: { wanted: string; hasCells: boolean }): Chosen {
  if (wanted === "off") return { kind: "off", text: "sandboxes are switched off in thor.json" };
  if (hasCells) return { kind: "local", text: "" };
  return { kind: "off", text: `DAYTONA_API_KEY is not configured, and ${NO_CELLS}` };
}
