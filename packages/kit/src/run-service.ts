/** The life of a process: environment → app → listen → signals → close in time. */
import { EnvError } from "./env.ts";
import type { Log } from "./flow/log.ts";
import { createLogger } from "./log.ts";

const HARD_EXIT_MS = 20_000;

/** What a composition root gives back: already listening, and closable once. */
export interface RunningService {
  close: () => Promise<void>;
}

/** A start that must not go on, with the exit code that says why to a supervisor. */
export class StartRefused extends Error {
  readonly exitCode: number;
  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

interface ServiceLife<Config> {
  name: string;
  env: Readonly<Record<string, string | undefined>>;
  readConfig: (env: Readonly<Record<string, string | undefined>>) => Config;
  start: (config: Config, log: Log) => Promise<RunningService>;
}

function exitCodeOf(err: unknown): number {
  return err instanceof StartRefused ? err.exitCode : 1;
}

/** A start fault is for the operator: plain lines for what they can mend, the stack for what we must. */
function reportStartFault(name: string, log: Log, err: unknown): void {
  if (err instanceof EnvError || err instanceof StartRefused)
    process.stderr.write(`${name}: cannot start\n${err.message}\n`);
  else log.error({ event: "start_failed", err }, "start failed");
}

/** Starts a service and stops it on SIGTERM, SIGINT, or (under a supervisor's pipe) when stdin ends; a second signal exits at once. */
export async function runService<Config>({ name, env, readConfig, start }: ServiceLife<Config>): Promise<void> {
  const log = createLogger(name, env["LOG_LEVEL"] ?? "info");
  let running: RunningService;
  try {
    running = await start(readConfig(env), log);
  } catch (err) {
    reportStartFault(name, log, err);
    process.exit(exitCodeOf(err));
  }
  let isStopping = false;
  const stop = () => {
    if (isStopping) process.exit(1);
    isStopping = true;
    setTimeout(() => process.exit(1), HARD_EXIT_MS).unref();
    running.close().then(
      () => process.exit(0),
      (err: unknown) => {
        log.error({ event: "stop_failed", err }, "stop failed");
        process.exit(1);
      },
    );
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
  if (env["THOR_PARENT_PIPE"] === "1") process.stdin.on("end", stop).on("error", stop).resume();
}
