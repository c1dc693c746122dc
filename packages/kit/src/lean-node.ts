/** Starting a small Node service so that it stays small: a heap that is collected early, few allocator arenas, compiled sources kept. */
import { spawn } from "node:child_process";

/**
 * Flags for the `node` of a service: a heap that is collected early, and one optimising compiler instead of three. A
 * young generation that starts at its full size keeps short-lived rows from growing old, which would cost more to collect.
 */
export const LEAN_FLAGS: readonly string[] = [
  "--max-old-space-size=128",
  "--min-semi-space-size=4",
  "--max-semi-space-size=4",
  "--optimize-for-size",
  "--no-sparkplug",
  "--no-maglev",
];

/** Flags for the service that the agent waits for with every command: speed before memory. */
export const QUICK_FLAGS: readonly string[] = ["--max-semi-space-size=8"];

/** With compiled sources at hand a process need not load the compiler of TypeScript at all. */
export const leanEnvironment = (cacheDirectory: string) => ({
  NODE_COMPILE_CACHE: cacheDirectory,
  MALLOC_ARENA_MAX: "1",
});

/**
 * Runs programs once without any settings: each loads its sources, so that their compiled form is kept, finds nothing
 * to do, and ends. How they end does not matter.
 */
export async function warmCompileCache(options: {
  programs: readonly string[];
  cacheDirectory: string;
  timeoutMs: number;
  /** Ends the programs at once. */
  signal?: AbortSignal | undefined;
}): Promise<void> {
  const { programs, cacheDirectory, timeoutMs, signal } = options;
  const run = (program: string) => {
    const env = leanEnvironment(cacheDirectory);
    const child = spawn(process.execPath, [...LEAN_FLAGS, program], {
      env,
      stdio: "ignore",
      timeout: timeoutMs,
      killSignal: "SIGKILL",
      signal,
    });
    return new Promise<void>((resolve) => child.on("error", () => resolve()).on("exit", () => resolve()));
  };
  await Promise.all(programs.map(run));
}
