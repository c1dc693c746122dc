/** Whether the programs that forms are rendered for are there, and new enough for them. */
import type { RunChild } from "@thor/kit/child";

const OLDEST = { git: [2, 39], gh: [2, 23] } as const;
const LIMITS = { timeoutMs: 10_000, maxStdoutBytes: 1024, maxStderrBytes: 1024, killGraceMs: 1000 };

export type ProbedTool = keyof typeof OLDEST;
export type Found = "ok" | "missing" | "old";

/** The oldest version that will do, for people. */
export const oldestOf = (bin: ProbedTool): string => OLDEST[bin].join(".");

/** Asks a program for its version. */
export async function probeTool(run: RunChild, bin: ProbedTool, path: string): Promise<Found> {
  const env = { PATH: path, HOME: "/nonexistent" };
  const { end, stdout } = await run({ bin, argv: ["--version"], env, cwd: "/", ...LIMITS });
  if (end.kind !== "exited" || end.code !== 0) return "missing";
  const found = /(\d+)\.(\d+)/.exec(stdout.toString());
  const [major, minor] = [Number(found?.[1] ?? 0), Number(found?.[2] ?? 0)];
  const [oldestMajor, oldestMinor] = OLDEST[bin];
  return major > oldestMajor || (major === oldestMajor && minor >= oldestMinor) ? "ok" : "old";
}
