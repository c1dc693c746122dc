/** Every write as a verb: checks its input here, runs in the writer, resolves after the commit. */
import type { z } from "zod";

import type { Write } from "../contract/outcome.ts";
import { WRITES, type WriteName } from "./catalogue.ts";
import type { WriterClient } from "./client.ts";
import type { WriteDefinition } from "./context.ts";

type MakeVerb = <Schema extends z.ZodType, Outcome>(
  name: WriteName,
  write: WriteDefinition<Schema, Outcome>,
) => Write<z.input<Schema>, Outcome>;

function workVerbs(verb: MakeVerb) {
  return {
    admit: verb("admit", WRITES.admit),
    recordIgnored: verb("recordIgnored", WRITES.recordIgnored),
    recordClick: verb("recordClick", WRITES.recordClick),
    amendReady: verb("amendReady", WRITES.amendReady),
    cancelReady: verb("cancelReady", WRITES.cancelReady),
    claimEvents: verb("claimEvents", WRITES.claimEvents),
    claimOutbox: verb("claimOutbox", WRITES.claimOutbox),
    renew: verb("renew", WRITES.renew),
    applyPlan: verb("applyPlan", WRITES.applyPlan),
    beginDispatch: verb("beginDispatch", WRITES.beginDispatch),
    settle: verb("settle", WRITES.settle),
    stopLane: verb("stopLane", WRITES.stopLane),
    resumeLane: verb("resumeLane", WRITES.resumeLane),
    expedite: verb("expedite", WRITES.expedite),
    replay: verb("replay", WRITES.replay),
    discard: verb("discard", WRITES.discard),
    openTrigger: verb("openTrigger", WRITES.openTrigger),
    openOwnTrigger: verb("openOwnTrigger", WRITES.openOwnTrigger),
    setTrigger: verb("setTrigger", WRITES.setTrigger),
    upsertParts: verb("upsertParts", WRITES.upsertParts),
    closeTrigger: verb("closeTrigger", WRITES.closeTrigger),
    saveProgress: verb("saveProgress", WRITES.saveProgress),
    mintAnchor: verb("mintAnchor", WRITES.mintAnchor),
    bindAlias: verb("bindAlias", WRITES.bindAlias),
    stampDirectory: verb("stampDirectory", WRITES.stampDirectory),
    registerSession: verb("registerSession", WRITES.registerSession),
    acquireLease: verb("acquireLease", WRITES.acquireLease),
    renewLease: verb("renewLease", WRITES.renewLease),
    releaseLease: verb("releaseLease", WRITES.releaseLease),
    enqueueOutbox: verb("enqueueOutbox", WRITES.enqueueOutbox),
    settleOutbox: verb("settleOutbox", WRITES.settleOutbox),
    withdrawPromise: verb("withdrawPromise", WRITES.withdrawPromise),
    appendAudit: verb("appendAudit", WRITES.appendAudit),
    heartbeat: verb("heartbeat", WRITES.heartbeat),
    setSetting: verb("setSetting", WRITES.setSetting),
  };
}

function steeringVerbs(verb: MakeVerb) {
  return {
    createApproval: verb("createApproval", WRITES.createApproval),
    castVote: verb("castVote", WRITES.castVote),
    replaceApproval: verb("replaceApproval", WRITES.replaceApproval),
    beginExecution: verb("beginExecution", WRITES.beginExecution),
    markSideEffect: verb("markSideEffect", WRITES.markSideEffect),
    finishExecution: verb("finishExecution", WRITES.finishExecution),
    closeApproval: verb("closeApproval", WRITES.closeApproval),
    noteOutcome: verb("noteOutcome", WRITES.noteOutcome),
    createGrant: verb("createGrant", WRITES.createGrant),
    useGrant: verb("useGrant", WRITES.useGrant),
    revokeGrant: verb("revokeGrant", WRITES.revokeGrant),
    openCard: verb("openCard", WRITES.openCard),
    actOnCard: verb("actOnCard", WRITES.actOnCard),
    closeCards: verb("closeCards", WRITES.closeCards),
    placeMessage: verb("placeMessage", WRITES.placeMessage),
    moveAlias: verb("moveAlias", WRITES.moveAlias),
    releaseAlias: verb("releaseAlias", WRITES.releaseAlias),
    resetSession: verb("resetSession", WRITES.resetSession),
    setAnchor: verb("setAnchor", WRITES.setAnchor),
    learnAnchor: verb("learnAnchor", WRITES.learnAnchor),
    forgetAnchor: verb("forgetAnchor", WRITES.forgetAnchor),
    recordUsage: verb("recordUsage", WRITES.recordUsage),
    saveConfigVersion: verb("saveConfigVersion", WRITES.saveConfigVersion),
    recordIntegration: verb("recordIntegration", WRITES.recordIntegration),
    recordEgress: verb("recordEgress", WRITES.recordEgress),
    dismissBlocked: verb("dismissBlocked", WRITES.dismissBlocked),
    syncSchedule: verb("syncSchedule", WRITES.syncSchedule),
    recordScheduleRun: verb("recordScheduleRun", WRITES.recordScheduleRun),
    passSchedule: verb("passSchedule", WRITES.passSchedule),
    recordDoctor: verb("recordDoctor", WRITES.recordDoctor),
    snooze: verb("snooze", WRITES.snooze),
    releaseHeld: verb("releaseHeld", WRITES.releaseHeld),
    retryPromise: verb("retryPromise", WRITES.retryPromise),
    reviveRestored: verb("reviveRestored", WRITES.reviveRestored),
    prune: verb("prune", WRITES.prune),
    pruneAudit: verb("pruneAudit", WRITES.pruneAudit),
    expireDue: verb("expireDue", WRITES.expireDue),
    endLostRuns: verb("endLostRuns", WRITES.endLostRuns),
    noteSwept: verb("noteSwept", WRITES.noteSwept),
    probeWrite: verb("probeWrite", WRITES.probeWrite),
  };
}

/** The verbs of one writer. */
export function createWriteVerbs({ submit }: Pick<WriterClient, "submit">) {
  const verb: MakeVerb = (name, write) => (input, proof) => submit(name, write, { input, proof });
  return { ...workVerbs(verb), ...steeringVerbs(verb) };
}
export type WriteVerbs = ReturnType<typeof createWriteVerbs>;
