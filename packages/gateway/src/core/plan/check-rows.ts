/** The checks of a pull request as `gh pr checks` tells them. */
import { z } from "zod";

const word = z.string().nullish();
const Row = z.object({ name: word, state: word, bucket: word, link: word, description: word, workflow: word });
const Rows = z.array(Row);
export type CheckRow = z.infer<typeof Row>;

const ENDED_BUCKETS = new Set(["pass", "fail", "skipping", "cancel"]);
const ENDED_STATES = new Set([
  "ACTION_REQUIRED",
  "CANCELLED",
  "COMPLETED",
  "ERROR",
  "FAILURE",
  "NEUTRAL",
  "SKIPPED",
  "STARTUP_FAILURE",
  "STALE",
  "SUCCESS",
  "TIMED_OUT",
]);

/** The rows that gh printed; undefined when it printed something else. */
export function readCheckRows(stdout: string): CheckRow[] | undefined {
  try {
    return Rows.safeParse(JSON.parse(stdout)).data;
  } catch {
    return undefined;
  }
}

const isEnded = ({ bucket, state }: CheckRow) =>
  typeof bucket === "string" && bucket !== ""
    ? ENDED_BUCKETS.has(bucket.toLowerCase())
    : ENDED_STATES.has((state ?? "").toUpperCase());

/** Whether nothing runs any more; a state that Thor does not know is taken for running. */
export const haveAllEnded = (rows: readonly CheckRow[]) => rows.every(isEnded);
