/** The writer thread: it owns the only write connection of its process. */
import { parentPort, workerData } from "node:worker_threads";

import { systemClock } from "@thor/kit/system-clock";

import { createEngine, type EngineOptions } from "./engine.ts";
import type { Command } from "./run-batch.ts";
import { createRunner } from "./runner.ts";

/** What the thread is told: more work, or to end once all of it is done. */
export type ToWriter = { kind: "take"; commands: Command[] } | { kind: "close" };

const port = parentPort;
if (port === null) throw new Error("the writer runs as a thread");
const options: EngineOptions = workerData;
const engine = createEngine(options, {
  clock: systemClock,
  runner: createRunner,
  report: (report) => port.postMessage(report),
});
port.on("message", (message: ToWriter) => {
  if (message.kind === "take") engine.take(message.commands);
  else void engine.close().then(() => port.close());
});
