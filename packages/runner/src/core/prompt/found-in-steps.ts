/** What the recorded steps of a run say about its outcome. */
import { z } from "zod";

import type { EarlierRun } from "./handover.ts";

const WRITES = new Set(["write", "edit", "multiedit", "apply_patch"]);
const TextState = z.object({ text: z.string() });
const ToolState = z.object({ tool: z.string(), input: z.string() });

interface RecordedStep {
  type: string;
  sessionId: string;
  state: unknown;
}

function fileOf({ tool, input }: z.infer<typeof ToolState>): string[] {
  if (!WRITES.has(tool)) return [];
  const [, path] = /"filePath"\s*:\s*"([^"]{1,300})"/.exec(input) ?? [];
  return path === undefined ? [] : [path];
}

/** Of the lead's session only: what sub-agents said was said to it. */
export function foundIn(
  all: readonly RecordedStep[],
  sessionId: string | undefined,
): Pick<EarlierRun, "answer" | "files" | "plan"> {
  const steps = all.filter((step) => step.sessionId === sessionId);
  const texts = steps.flatMap(({ type, state }) =>
    type === "text" ? [TextState.safeParse(state).data?.text ?? ""] : [],
  );
  const tools = steps.flatMap(({ type, state }) => (type === "tool" ? (ToolState.safeParse(state).data ?? []) : []));
  return {
    answer: texts.findLast((text) => text.trim() !== ""),
    files: tools.flatMap(fileOf),
    plan: tools.findLast(({ tool }) => tool === "todowrite")?.input,
  };
}
