import { runChild } from "@thor/kit/child";

const OLDEST = [2, 39] as const;

/** Whether git is there and new enough for the forms that are rendered. */
export async function probeGit(path: string): Promise<"ok" | "missing" | "old"> {
  const limits = { timeoutMs: 10_000, maxStdoutBytes: 1024, maxStderrBytes: 1024, killGraceMs: 1000 };
  const { end, stdout } = await runChild({ bin: "git", argv: ["--version"], env: { PATH: path }, cwd: "/", ...limits });
  if (end.kind !== "exited" || end.code !== 0) return "missing";
  const found = /(\d+)\.(\d+)/.exec(stdout.toString());
  const [major, minor] = [Number(found?.[1] ?? 0), Number(found?.[2] ?? 0)];
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]) ? "ok" : "old";
}
