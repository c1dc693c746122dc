/** Every write as a verb: checks its input here, runs in the writer, resolves after the commit. */
import type { z } from "zod";

import type { LedgerFault } from "../contract/outcome.ts";
import { WRITES, type WriteName } from "./catalogue.ts";
import type { WriterClient } from "./client.ts";
import type { WriteDefinition } from "./context.ts";

type Verb<Schema extends z.ZodType, Outcome> = (input: z.input<Schema>) => Promise<Outcome | LedgerFault>;

/** The verbs of one writer. */
export function createWriteVerbs({ submit }: Pick<WriterClient, "submit">) {
  const verb =
    <Schema extends z.ZodType, Outcome>(
      name: WriteName,
      write: WriteDefinition<Schema, Outcome>,
    ): Verb<Schema, Outcome> =>
    (input) =>
      submit(name, write, input);
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
    appendAudit: verb("appendAudit", WRITES.appendAudit),
    heartbeat: verb("heartbeat", WRITES.heartbeat),
    setSetting: verb("setSetting", WRITES.setSetting),
    prune: verb("prune", WRITES.prune),
    expireDue: verb("expireDue", WRITES.expireDue),
    endLostRuns: verb("endLostRuns", WRITES.endLostRuns),
    noteSwept: verb("noteSwept", WRITES.noteSwept),
    probeWrite: verb("probeWrite", WRITES.probeWrite),
  };
}
export type WriteVerbs = ReturnType<typeof createWriteVerbs>;
