/** How freely a tool may be used. Names are exact; whatever is not listed is hidden. */
import type { ApproveTool, Integration } from "./manifest.ts";

export type Tier =
  | { kind: "allow" }
  | { kind: "approve"; tool: ApproveTool }
  | { kind: "internal" }
  | { kind: "hidden" };

export function tierOf({ tools }: Pick<Integration, "tools">, name: string): Tier {
  if (tools.hidden.includes(name)) return { kind: "hidden" };
  const tool = tools.approve.find((one) => one.name === name);
  if (tool !== undefined) return { kind: "approve", tool };
  if (tools.allow.includes(name)) return { kind: "allow" };
  return { kind: tools.internal.includes(name) ? "internal" : "hidden" };
}
