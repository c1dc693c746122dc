/** What differs between the tools a manifest expects and those an upstream offers. */
import type { Integration } from "@thor/integrations/manifest";

import { propertyOf, takesString, type UpstreamTool } from "./tool.ts";

export interface Drift {
  kind: "missing" | "disclaimer_field_missing" | "pin_missing" | "hint_conflict" | "schema_changed" | "new";
  tool: string;
}

/** A tool with one of these is withdrawn until it is clean again. */
const WITHDRAWING: ReadonlySet<Drift["kind"]> = new Set(["missing", "disclaimer_field_missing", "pin_missing"]);

function driftsOf({ tools, pin }: Integration, offered: ReadonlyMap<string, UpstreamTool>): Drift[] {
  const approve = new Map(tools.approve.map((tool) => [tool.name, tool]));
  return [...tools.allow, ...approve.keys(), ...tools.internal].flatMap((name): Drift[] => {
    const tool = offered.get(name);
    if (tool === undefined) return [{ kind: "missing", tool: name }];
    const found: Drift[] = [];
    const disclaimer = approve.get(name)?.disclaimer;
    if (disclaimer !== undefined && !takesString(propertyOf(tool.inputSchema, disclaimer)))
      found.push({ kind: "disclaimer_field_missing", tool: name });
    const isPinless = Object.keys(pin).some((field) => propertyOf(tool.inputSchema, field) === undefined);
    if (isPinless) found.push({ kind: "pin_missing", tool: name });
    const isConflict = tool.isDestructive === true || tool.isReadOnly === false;
    if (tools.allow.includes(name) && isConflict) found.push({ kind: "hint_conflict", tool: name });
    return found;
  });
}

/** All differences at once. `accepted` holds the digests of approve tools as an operator last saw them. */
export function driftReport(
  integration: Integration,
  offered: readonly UpstreamTool[],
  digests: { accepted: ReadonlyMap<string, string>; current: ReadonlyMap<string, string> },
): Drift[] {
  const { allow, approve, hidden, internal } = integration.tools;
  const known = new Set([...allow, ...approve.map(({ name }) => name), ...hidden, ...internal]);
  const changed = approve.flatMap(({ name }): Drift[] => {
    const [before, now] = [digests.accepted.get(name), digests.current.get(name)];
    return before !== undefined && now !== undefined && before !== now ? [{ kind: "schema_changed", tool: name }] : [];
  });
  const added = offered.filter(({ name }) => !known.has(name)).map(({ name }): Drift => ({ kind: "new", tool: name }));
  return [...driftsOf(integration, new Map(offered.map((tool) => [tool.name, tool]))), ...changed, ...added];
}

/** Tools that may not be used as long as these differences stand. */
export const withdrawnBy = (drifts: readonly Drift[]): ReadonlySet<string> =>
  new Set(drifts.filter(({ kind }) => WITHDRAWING.has(kind)).map(({ tool }) => tool));

/** What is worth a look and no reason to stay away: approvals are checked against the live schema anyway. */
const HARMLESS: ReadonlySet<Drift["kind"]> = new Set(["new", "schema_changed"]);

/** Whether a strict installation must not connect: something known is not as expected. */
export const isRefusing = (drifts: readonly Drift[]): boolean => drifts.some(({ kind }) => !HARMLESS.has(kind));
