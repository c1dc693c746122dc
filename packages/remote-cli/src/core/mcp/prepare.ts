/** From what the agent wrote to what will be sent: pins, fixed values, the footer and the assignee. */
import { withFooter } from "@thor/domain/footer";
import type { Json } from "@thor/domain/json";
import type { ApproveTool, Arguments, Integration, Values } from "@thor/integrations/manifest";

export type Prepared = { kind: "prepared"; args: Arguments; injected: Arguments } | { kind: "refused"; reason: string };

export interface Additions {
  /** Where the footer leads. */
  link: string;
  /** What an earlier look-up found, by argument. */
  attributed: Arguments;
}

function pinsOf({ pin }: Integration, values: Values): Record<string, Json> {
  return Object.fromEntries(Object.entries(pin).map(([field, variable]) => [field, values[variable] ?? ""]));
}

type Fixed = { kind: "fixed"; values: Record<string, Json> } | { kind: "refused"; reason: string };

function fixedOf({ fixed = {} }: ApproveTool, authored: Arguments): Fixed {
  const other = Object.entries(fixed).find(
    ([name, { value }]) => ![undefined, value].includes(textOrMark(authored[name])),
  );
  if (other !== undefined) return { kind: "refused", reason: other[1].hint };
  return { kind: "fixed", values: Object.fromEntries(Object.entries(fixed).map(([name, { value }]) => [name, value])) };
}

/** A given value that is no text is certainly not the fixed one. */
const textOrMark = (value: Json | undefined): string | undefined =>
  value === undefined || typeof value === "string" ? value : "\0";

/** Everything that runs, and apart from it everything that Thor added. */
export function prepareArguments(
  { integration, tool, values }: { integration: Integration; tool: ApproveTool | undefined; values: Values },
  authored: Arguments,
  { link, attributed }: Additions,
): Prepared {
  const pins = pinsOf(integration, values);
  if (tool === undefined) return { kind: "prepared", args: { ...authored, ...pins }, injected: pins };
  const fixed = fixedOf(tool, authored);
  if (fixed.kind === "refused") return fixed;
  const missing = tool.required.filter((name) => authored[name] === undefined);
  if (missing.length > 0) return { kind: "refused", reason: `missing: ${missing.join(", ")}` };
  const added = { ...pins, ...fixed.values, ...attributed };
  const args = { ...authored, ...added };
  const { disclaimer: prose } = tool;
  if (prose === undefined) return { kind: "prepared", args, injected: added };
  const before = authored[prose] ?? "";
  if (typeof before !== "string") return { kind: "refused", reason: `${prose} must be text` };
  return {
    kind: "prepared",
    args: { ...args, [prose]: withFooter(before, link) },
    injected: { ...added, [`${prose} (footer)`]: withFooter("", link).trim() },
  };
}
