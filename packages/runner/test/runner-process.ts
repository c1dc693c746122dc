/** The runner as its own process, so that it can be killed. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { z } from "zod";

const MAIN = join(import.meta.dirname, "../src/main.ts");
const Started = z.object({ event: z.literal("runner_started"), addresses: z.array(z.object({ port: z.number() })) });
/** The dead process holds its leases for half a minute. */
export const TAKEN_UP_MS = 60_000;

export async function startRunnerProcess(
  env: Record<string, string>,
): Promise<{ url: string; pid: number; kill: () => void }> {
  const child = spawn(process.execPath, ["--import", import.meta.resolve("tsx"), MAIN], {
    env: { PATH: process.env["PATH"], ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const port = await new Promise<number>((resolve, reject) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      const started = Started.safeParse(JSON.parse(line));
      if (started.success) resolve(started.data.addresses[0]?.port ?? 0);
    });
    child.once("exit", () => reject(new Error("the runner did not start")));
  });
  return { url: `http://127.0.0.1:${port}`, pid: child.pid ?? 0, kill: () => child.kill("SIGKILL") };
}
