/** All reads over one handle: the usual connection, or a snapshot. */
import type { Db } from "../schema.ts";
import { createDecisionReads } from "./approvals.ts";
import { createAuditReads } from "./audit.ts";
import { createConversationReads } from "./conversations.ts";
import { createDeliveryReads } from "./deliveries.ts";
import { createEventReads } from "./events.ts";
import { createIdentityReads } from "./identity.ts";
import { createRunSheetReads } from "./run-sheet.ts";
import { createRunReads } from "./runs.ts";
import { createScheduleReads } from "./schedules.ts";
import { createStatisticsReads } from "./statistics.ts";
import { createStatusReads } from "./status.ts";
import { createStepReads } from "./steps.ts";
import { createUsageReads } from "./usage.ts";

/** Every read of the ledger. */
export const createReads = (db: Db) => ({
  ...createIdentityReads(db),
  ...createRunReads(db),
  ...createRunSheetReads(db),
  ...createStepReads(db),
  ...createConversationReads(db),
  ...createStatisticsReads(db),
  ...createEventReads(db),
  ...createDeliveryReads(db),
  ...createDecisionReads(db),
  ...createStatusReads(db),
  ...createScheduleReads(db),
  ...createAuditReads(db),
  ...createUsageReads(db),
});
export type Reads = ReturnType<typeof createReads>;
