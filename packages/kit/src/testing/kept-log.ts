import type { Log } from "../flow/log.ts";

export type Line = Parameters<Log["info"]>[0];

/** A log whose lines a test can read. */
export function createKeptLog() {
  const lines: Line[] = [];
  const keep = (facts: Line) => void lines.push(facts);
  const log: Log = { debug: keep, info: keep, warn: keep, error: keep };
  return { lines, log };
}
