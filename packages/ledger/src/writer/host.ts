/** Where the writer runs: in a thread (services), or in this thread when a test brings its own clock. */
import { Worker } from "node:worker_threads";

import type { Clock } from "@thor/kit/flow/clock";

import { createEngine, type EngineOptions, type Report } from "./engine.ts";
import type { Command } from "./run-batch.ts";
import { createRunner } from "./runner.ts";
import type { ToWriter } from "./worker.ts";

export interface Host {
  take: (commands: Command[]) => void;
  close: () => Promise<void>;
}
interface HostEvents {
  report: (report: Report) => void;
  /** The writer is gone without having been closed. */
  died: (error: string) => void;
}
export type StartHost = (events: HostEvents) => Host;

const THREAD = new URL("./worker.ts", import.meta.url);

/** A writer in a thread of its own, so that no event loop waits for a disk or for another process. */
export function threadHost(options: EngineOptions, thread: URL = THREAD): StartHost {
  return ({ report, died }) => {
    const worker = new Worker(thread, {
      workerData: options,
      resourceLimits: { maxOldGenerationSizeMb: 96, maxYoungGenerationSizeMb: 8 },
    });
    let isClosing = false;
    let fault = "writer_exited";
    const ended = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
    worker.on("message", report);
    worker.on("error", (err: unknown) => void (fault = err instanceof Error ? err.message : String(err)));
    worker.on("exit", () => {
      if (!isClosing) died(fault);
    });
    const post = (message: ToWriter) => worker.postMessage(message, []);
    return {
      take: (commands) => post({ kind: "take", commands }),
      close: async () => {
        isClosing = true;
        post({ kind: "close" });
        await ended;
      },
    };
  };
}

/** The same writer in this thread, with a clock and failures that a test controls. */
export function localHost(
  options: EngineOptions,
  given: { clock: Clock; failpoint?: ((place: string) => void) | undefined },
): StartHost {
  return ({ report }) => createEngine(options, { ...given, runner: createRunner, report });
}
