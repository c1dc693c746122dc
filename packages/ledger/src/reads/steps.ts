/** Steps of runs as pages show them: all of a run in order, or just those that changed. */
import type { Step } from "../contract/runs.ts";
import type { Db, Row } from "../schema.ts";
import { given, parseJson } from "./cell.ts";

/** A stored step as callers see it. */
export const stepOf = (row: Row<"session_parts">): Step => ({
  partId: row.part_id,
  sessionId: row.session_id,
  messageId: row.message_id,
  type: row.type,
  firstSeq: row.first_seq,
  rev: row.rev,
  state: parseJson(row.state),
  truncated: row.truncated === 1,
  updatedAt: row.updated_at,
  ...given({ role: row.role, triggerId: row.trigger_id }),
});

/** A step without what it says. */
export interface StepMark {
  partId: string;
  sessionId: string;
  type: string;
  firstSeq: number;
  rev: number;
  updatedAt: number;
}

const MAX_STEPS = 20_000;
const MAX_TEXTS = 500;

/** Reads about the steps of one run. */
export const createStepReads = (db: Db) => ({
  /** Which steps a run has, in order; none of their texts. */
  stepMarks: async ({ triggerId }: { triggerId: string }): Promise<StepMark[]> => {
    const marks = db.selectFrom("session_parts").where("trigger_id", "=", triggerId).orderBy("first_seq");
    const columns = ["part_id", "session_id", "type", "first_seq", "rev", "updated_at"] as const;
    return (await marks.select(columns).limit(MAX_STEPS).execute()).map((row) => ({
      partId: row.part_id,
      sessionId: row.session_id,
      type: row.type,
      firstSeq: row.first_seq,
      rev: row.rev,
      updatedAt: row.updated_at,
    }));
  },
  /** These steps, in their order. */
  stepsById: async ({ triggerId, partIds }: { triggerId: string; partIds: readonly string[] }): Promise<Step[]> => {
    if (partIds.length === 0) return [];
    const steps = db.selectFrom("session_parts").selectAll().where("trigger_id", "=", triggerId);
    const wanted = steps.where("part_id", "in", partIds.slice(0, MAX_TEXTS)).orderBy("first_seq");
    return (await wanted.execute()).map(stepOf);
  },
  /** What agents and sub-agents used, from the step ends of a run. */
  stepEnds: async ({ triggerId }: { triggerId: string }): Promise<Step[]> => {
    const steps = db.selectFrom("session_parts").selectAll().where("trigger_id", "=", triggerId);
    return (await steps.where("type", "=", "step-finish").orderBy("first_seq").limit(MAX_STEPS).execute()).map(stepOf);
  },
  /** The newest tool call of a run. */
  latestTool: async ({ triggerId }: { triggerId: string }): Promise<Step | undefined> => {
    const steps = db.selectFrom("session_parts").selectAll().where("trigger_id", "=", triggerId);
    const row = await steps.where("type", "=", "tool").orderBy("first_seq", "desc").limit(1).executeTakeFirst();
    return row && stepOf(row);
  },
});
