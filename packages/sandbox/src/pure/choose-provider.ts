/** Which provider an installation has; an outage of one is never answered by another. */

export type Chosen = { kind: "daytona" | "local" } | { kind: "off"; text: string };
interface Facts {
  wanted: "auto" | "daytona" | "local" | "off";
  hasKey: boolean;
  hasCells: boolean;
}

const NO_CELLS =
  "bubblewrap does not work here: it needs user namespaces and a real /proc (security_opt: systempaths=unconfined, and a seccomp profile that allows unshare and mount)";

const NO_KEY = "DAYTONA_API_KEY is not configured";

/** Daytona with a key, else local cells where they work, unless the operator says otherwise. */
export function chooseProvider({ wanted, hasKey, hasCells }: Facts): Chosen {
  if (wanted === "off") return { kind: "off", text: "sandboxes are switched off in thor.json" };
  if (wanted === "daytona") return hasKey ? { kind: "daytona" } : { kind: "off", text: NO_KEY };
  if (wanted === "auto" && hasKey) return { kind: "daytona" };
  if (hasCells) return { kind: "local" };
  return { kind: "off", text: wanted === "local" ? NO_CELLS : `${NO_KEY}, and ${NO_CELLS}` };
}
