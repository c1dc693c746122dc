/** Collects from the records what a fresh session has to know of a conversation. */
import type { Ledger, Run } from "@thor/ledger/port";

import { foundIn } from "../core/prompt/found-in-steps.ts";
import { handover, type EarlierRun } from "../core/prompt/handover.ts";
import { askedIn, personOf } from "../core/run-facts.ts";

const RUNS = 10;
const STEPS = 200;
/** The last words of so many runs are looked for, newest first. */
const READ_RUNS = 3;
const NAMED: ReadonlySet<string> = new Set(["git.branch", "github.issue"]);
const MAX_APPROVALS = 10;

export interface EarlierWorkDeps extends Pick<Ledger, "triggersOf" | "partsOf" | "aliasesOf" | "listApprovals"> {
  dateText: (at: number) => string;
}

/** The block for the first prompt of a session that replaces another; undefined for a new conversation. */
export const createEarlierWork =
  (deps: EarlierWorkDeps) =>
  async (anchorId: string): Promise<string | undefined> => {
    const newest = await deps.triggersOf({ anchorId, limit: RUNS });
    const describe = async (run: Run, at: number): Promise<EarlierRun> => ({
      when: deps.dateText(run.startedAt),
      by: personOf(run) || run.source,
      asked: askedIn(run),
      status: run.status,
      ...(at < READ_RUNS
        ? foundIn(await deps.partsOf({ triggerId: run.id, limit: STEPS }), run.sessionId)
        : { files: [] }),
    });
    const runs = await Promise.all(newest.map(describe));
    const aliases = await deps.aliasesOf({ anchorId });
    const { rows } = await deps.listApprovals({ anchorId, state: "pending", limit: MAX_APPROVALS });
    return handover({
      runs: runs.toReversed(),
      names: aliases.filter(({ type }) => NAMED.has(type)).map(({ type, value }) => `${type} ${value}`),
      approvals: rows.map(({ store, tool }) => `${store} ${tool}`),
    });
  };
