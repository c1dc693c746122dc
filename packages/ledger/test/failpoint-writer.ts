/** A writer that kills its process where THOR_FAILPOINT says: `<before_commit|after_commit>:<write>`. */
import { parentPort, workerData } from "node:worker_threads";

import { systemClock } from "@thor/kit/system-clock";

import { createEngine, type EngineOptions } from "../src/writer/engine.ts";
import { createRunner } from "../src/writer/runner.ts";
import type { ToWriter } from "../src/writer/worker.ts";

const [where = "", write = ""] = (process.env["THOR_FAILPOINT"] ?? "").split(":");
let isArmed = false;
const failpoint = (place: string) => {
  if (place === `during:${write}`) isArmed = true;
  if (isArmed && place === where) process.kill(process.pid, "SIGKILL");
};
const options: EngineOptions = workerData;
const engine = createEngine(options, {
  clock: systemClock,
  runner: createRunner,
  report: (report) => parentPort?.postMessage(report, []),
  failpoint,
});
parentPort?.on("message", (message: ToWriter) => {
  if (message.kind === "take") engine.take(message.commands);
  else void engine.close().then(() => parentPort?.close());
});
