import { pino, type DestinationStream, type Logger } from "pino";

import type { Log } from "./flow/log.ts";

const SECRET_FIELDS = ["token", "secret", "password", "authorization", "headers", "payload", "prompt", "text", "body"];

/**
 * Lines to stdout, dropped once their reader is gone: pino's own destination tries for ever to write them out when the
 * process ends, so that a service whose supervisor was killed would never go away.
 */
function stdoutLines(): DestinationStream {
  if (process.stdout.listenerCount("error") === 0) process.stdout.on("error", () => undefined);
  return { write: (line) => void process.stdout.write(line) };
}

/** A JSON logger to stdout for one service; fields that could carry secrets or people's words are never written. */
export function createLogger(service: string, level = "info"): Log & Logger {
  const options = {
    level,
    base: { service },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: SECRET_FIELDS.flatMap((field) => [field, `*.${field}`]), remove: true },
  };
  return pino(options, stdoutLines());
}
