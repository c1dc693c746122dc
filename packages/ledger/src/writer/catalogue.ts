/** All writes by name, as the writer serves them. */
import { admit, amendReady, cancelReady, recordClick, recordIgnored } from "../writes/admission.ts";
import { appendAudit } from "../writes/append-audit.ts";
import { applyPlan } from "../writes/apply-plan.ts";
import {
  beginExecution,
  castVote,
  closeApproval,
  createApproval,
  finishExecution,
  markSideEffect,
  noteOutcome,
  replaceApproval,
} from "../writes/approvals.ts";
import { actOnCard, closeCards, openCard, placeMessage } from "../writes/cards.ts";
import { claimEvents } from "../writes/claim-events.ts";
import { discard, replay } from "../writes/dead-letters.ts";
import { endLostRuns, expireDue, noteSwept } from "../writes/expire.ts";
import { forgetAnchor } from "../writes/forget.ts";
import { createGrant, revokeGrant, useGrant } from "../writes/grants.ts";
import { beginDispatch, renew } from "../writes/hold.ts";
import { bindAlias, mintAnchor, registerSession, stampDirectory } from "../writes/identity.ts";
import { acquireLease, releaseLease, renewLease } from "../writes/leases.ts";
import { openOwnTrigger, openTrigger } from "../writes/open-trigger.ts";
import {
  dismissBlocked,
  recordDoctor,
  recordEgress,
  recordIntegration,
  recordUsage,
  saveConfigVersion,
  snooze,
} from "../writes/operations.ts";
import { claimOutbox, enqueueOutbox, settleOutbox, withdrawPromise } from "../writes/outbox.ts";
import { probeWrite } from "../writes/probe-write.ts";
import { pruneAudit } from "../writes/prune-audit.ts";
import { prune } from "../writes/prune.ts";
import { releaseHeld, retryPromise, reviveRestored } from "../writes/release-held.ts";
import { closeTrigger, saveProgress, setTrigger, upsertParts } from "../writes/runs.ts";
import { passSchedule, recordScheduleRun, syncSchedule } from "../writes/schedules.ts";
import { settle } from "../writes/settle.ts";
import { heartbeat, setSetting } from "../writes/status.ts";
import { learnAnchor, moveAlias, releaseAlias, resetSession, setAnchor } from "../writes/steer-identity.ts";
import { expedite, resumeLane, stopLane } from "../writes/steer-lane.ts";

export const WRITES = {
  admit,
  recordIgnored,
  recordClick,
  amendReady,
  cancelReady,
  claimEvents,
  claimOutbox,
  renew,
  applyPlan,
  beginDispatch,
  settle,
  stopLane,
  resumeLane,
  expedite,
  replay,
  discard,
  openTrigger,
  openOwnTrigger,
  setTrigger,
  upsertParts,
  closeTrigger,
  saveProgress,
  mintAnchor,
  bindAlias,
  stampDirectory,
  registerSession,
  acquireLease,
  renewLease,
  releaseLease,
  enqueueOutbox,
  settleOutbox,
  withdrawPromise,
  appendAudit,
  heartbeat,
  setSetting,
  createApproval,
  castVote,
  replaceApproval,
  beginExecution,
  markSideEffect,
  finishExecution,
  closeApproval,
  noteOutcome,
  createGrant,
  useGrant,
  revokeGrant,
  openCard,
  actOnCard,
  closeCards,
  placeMessage,
  moveAlias,
  releaseAlias,
  resetSession,
  setAnchor,
  learnAnchor,
  forgetAnchor,
  recordUsage,
  saveConfigVersion,
  recordIntegration,
  recordEgress,
  dismissBlocked,
  syncSchedule,
  recordScheduleRun,
  passSchedule,
  recordDoctor,
  snooze,
  releaseHeld,
  retryPromise,
  reviveRestored,
  prune,
  pruneAudit,
  expireDue,
  endLostRuns,
  noteSwept,
  probeWrite,
};
export type WriteName = keyof typeof WRITES;
