/** Everything that a page about one run shows besides the texts of its steps. */
import type { Approval, Card } from "../contract/approvals.ts";
import type { AuditRow } from "../contract/evidence.ts";
import type { Alias, Anchor, Session } from "../contract/identity.ts";
import type { Run, Step } from "../contract/runs.ts";
import type { Db } from "../schema.ts";
import { createDecisionReads } from "./approvals.ts";
import { createAuditReads } from "./audit.ts";
import { createIdentityReads } from "./identity.ts";
import { createRunReads } from "./runs.ts";
import { createStepReads, type StepMark } from "./steps.ts";

const MAX_DECISIONS = 200;

export interface RunSheet {
  anchor: Anchor;
  run: Run;
  aliases: Alias[];
  sessions: Session[];
  marks: StepMark[];
  /** Ends of model calls, for the table of what was used. */
  ends: Step[];
  cards: Card[];
  approvals: Approval[];
  /** What was decided about its calls, newest first. */
  decisions: AuditRow[];
}

/** The read about one run. */
export function createRunSheetReads(db: Db) {
  const { anchorById, aliasesOf, sessionsOf } = createIdentityReads(db);
  const { triggerById } = createRunReads(db);
  const { stepMarks, stepEnds } = createStepReads(db);
  const { cardsOfRun, listApprovals } = createDecisionReads(db);
  const { auditPage } = createAuditReads(db);
  return {
    /** Undefined unless this run belongs to this conversation. */
    runSheet: async (wanted: { anchorId: string; triggerId: string }): Promise<RunSheet | undefined> => {
      const { anchorId, triggerId } = wanted;
      const run = await triggerById({ triggerId });
      const anchor = await anchorById({ anchorId });
      if (run === undefined || anchor === undefined || run.anchorId !== anchorId) return undefined;
      const approvals = await listApprovals({ anchorId, limit: MAX_DECISIONS });
      return {
        anchor,
        run,
        aliases: await aliasesOf({ anchorId }),
        sessions: await sessionsOf({ anchorId }),
        marks: await stepMarks({ triggerId }),
        ends: await stepEnds({ triggerId }),
        cards: await cardsOfRun(wanted),
        approvals: approvals.rows.filter((one) => one.triggerId === triggerId),
        decisions: (await auditPage({ triggerId, limit: MAX_DECISIONS })).rows,
      };
    },
  };
}
