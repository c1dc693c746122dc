import { pino, type Logger } from "pino";

import type { Log } from "./flow/log.ts";

const SECRET_FIELDS = ["token", "secret", "password", "authorization", "headers", "payload", "prompt", "text", "body"];

/** A JSON logger to stdout for one service; fields that could carry secrets or people's words are never written. */
export function createLogger(service: string, level = "info"): Log & Logger {
  return pino({
    level,
    base: { service },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: SECRET_FIELDS.flatMap((field) => [field, `*.${field}`]), remove: true },
  });
}
