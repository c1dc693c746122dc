/** The gateway of a world as a process of its own, to be limited, starved or killed. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

import { eventually } from "@thor/kit/testing/eventually";
import { onTestFinished } from "vitest";

import type { World } from "./world.ts";

const MAIN = join(import.meta.dirname, "..", "src", "main.ts");

const isUp = async (url: string) => {
  try {
    return (await fetch(`${url}/health`)).ok || undefined;
  } catch {
    return undefined;
  }
};

/** Starts the gateway on the files of a world whose own gateway was stopped, and waits until it answers. */
export async function startOwnProcess(world: World) {
  const gateway = spawn(process.execPath, [MAIN], {
    env: { ...world.env, PATH: process.env["PATH"] ?? "", LOG_LEVEL: "error" },
    stdio: "ignore",
  });
  onTestFinished(() => void gateway.kill("SIGKILL"));
  await eventually("the gateway answers", () => isUp(world.url));
  return {
    /** No file of the process may grow beyond so many bytes, as on a disk that is full. */
    limitFiles: (bytes: number | "unlimited") => {
      const { status } = spawnSync("prlimit", ["--pid", String(gateway.pid), `--fsize=${bytes}:`]);
      if (status !== 0) throw new Error("prlimit did not work");
    },
    /** Asks it to stop; answers its exit code. */
    terminate: async () => {
      const exited = once(gateway, "exit");
      gateway.kill("SIGTERM");
      const [code] = await exited;
      return Number(code);
    },
    kill: async () => {
      gateway.kill("SIGKILL");
      await once(gateway, "exit");
    },
  };
}
