/** A writer that dies at every command. */
import { parentPort } from "node:worker_threads";

parentPort?.on("message", ({ kind }: { kind: string }) => {
  if (kind === "take") throw new Error("the writer dies");
  parentPort?.close();
});
