/** `thor-sim --config <file.json>`: the simulators as a process; one JSON line on stdout says where everything is. */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";

import { SimulatorOptions, startSimulators } from "./start.ts";

const { values } = parseArgs({ options: { config: { type: "string" } } });
if (process.env["NODE_ENV"] === "production") throw new Error("simulators do not run in production");
const given: unknown = values.config === undefined ? {} : JSON.parse(readFileSync(values.config, "utf8"));
const running = await startSimulators(SimulatorOptions.parse(given));
process.stdout.write(`${JSON.stringify({ ready: true, ...running.facts })}\n`);

let isStopping = false;
const stop = () => {
  if (isStopping) process.exit(1);
  isStopping = true;
  void running.close().then(() => process.exit(0));
};
process.on("SIGTERM", stop);
process.on("SIGINT", stop);
// A supervisor holds the other end of this pipe: when it dies, however it dies, the pipe ends.
if (process.env["THOR_PARENT_PIPE"] === "1") process.stdin.on("end", stop).on("error", stop).resume();
