/** Where a card goes: where the rule says, else into the conversation's own thread, else into the channel for orphans. */
import { NO_THREAD } from "@thor/domain/approval";
import type { Ledger } from "@thor/ledger/port";
import type { ApprovalPolicy } from "@thor/workspace-config/pure/approval-rule";

export interface CardPlace {
  channel: string;
  threadTs: string;
}
export type TargetDeps = Pick<Ledger, "triggersOf" | "aliasesOf">;

const RUNS = 20;

/** The thread that people of this conversation read: the newest run's that goes on, else the newest one's. */
async function ownThread(deps: TargetDeps, anchorId: string): Promise<CardPlace | undefined> {
  const runs = await deps.triggersOf({ anchorId, limit: RUNS });
  const inSlack = runs.flatMap(({ replyTo, endedAt }) => (replyTo?.kind === "slack" ? [{ ...replyTo, endedAt }] : []));
  const thread = inSlack.find(({ endedAt }) => endedAt === undefined) ?? inSlack[0];
  if (thread !== undefined) return { channel: thread.channel, threadTs: thread.threadTs };
  const alias = (await deps.aliasesOf({ anchorId })).find(({ type }) => type === "slack.thread");
  const [channel, threadTs] = alias?.value.split("/") ?? [];
  return channel === undefined || threadTs === undefined ? undefined : { channel, threadTs };
}

export const createCardTarget =
  (deps: TargetDeps) => async (anchorId: string, policy: Pick<ApprovalPolicy, "channel" | "fallbackChannel">) => {
    const thread = await ownThread(deps, anchorId);
    const routed = policy.channel ?? (thread === undefined ? policy.fallbackChannel : undefined);
    const card = routed === undefined ? thread : { channel: routed, threadTs: NO_THREAD };
    return { card, thread };
  };
export type CardTarget = ReturnType<typeof createCardTarget>;
