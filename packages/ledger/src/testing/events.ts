/** Builders of what comes in, for tests of the ledger and of its users. */
import type { AdmitInput, Claim, Ledger } from "../port.ts";

let serial = 0;

/** A Slack message in a thread, admitted as an event. */
export function slackMessage(
  event: Partial<AdmitInput["event"]> = {},
  input: Partial<Omit<AdmitInput, "event">> = {},
): AdmitInput {
  serial += 1;
  return {
    provider: "slack",
    deliveryKey: `Ev${serial}`,
    messageKey: `T1/C1/${serial}`,
    eventType: "app_mention",
    refs: { channel: "C1" },
    event: {
      source: "slack",
      kind: "slack.message",
      correlationKey: "slack:thread:C1/1700000000.000100",
      bind: "anchor",
      human: true,
      urgent: false,
      interrupt: false,
      gate: "open",
      actors: { slack: "U1" },
      externalAuthor: false,
      sourceAt: 1_700_000_000_000 + serial,
      payload: { text: `message ${serial}` },
      ...event,
    },
    ...input,
  };
}

/** An opening of the run that a dispatch of this claim asks for. */
export const opening = (
  claim: Claim,
  names: { dispatchId: string; triggerId: string; anchorId: string; interrupt?: boolean },
) => ({
  ...names,
  lane: claim.lane,
  fence: claim.fence,
  sessionId: "ses_1",
  source: "slack",
  requesters: [],
  prompt: "do it",
  promptMessageId: `msg_${names.triggerId}`,
  promptPartId: `prt_${names.triggerId}`,
  interrupt: names.interrupt ?? false,
  holder: "runner/one",
});

/** Claims what is due, as one gateway would. */
export async function claimAll(ledger: Pick<Ledger, "claimEvents">, batchMax = 50): Promise<Claim[]> {
  const answer = await ledger.claimEvents({ holder: "gateway/one", max: 32, batchMax, ttlMs: 15_000 });
  if (answer.kind !== "claimed") throw new Error(`no claims: ${answer.kind}`);
  return answer.claims;
}

/** The only claim there is. */
export async function claimOne(ledger: Pick<Ledger, "claimEvents">, batchMax = 50): Promise<Claim> {
  const [claim, ...more] = await claimAll(ledger, batchMax);
  if (claim === undefined || more.length > 0)
    throw new Error(`expected one claim, got ${claim === undefined ? 0 : more.length + 1}`);
  return claim;
}

/** Takes one conversation from its first message to an open run. */
export async function openRun(
  ledger: Pick<Ledger, "admit" | "claimEvents" | "beginDispatch" | "openTrigger">,
  names: { dispatchId: string; triggerId: string } = { dispatchId: "d1", triggerId: "t1" },
) {
  const admitted = await ledger.admit(slackMessage({ urgent: true }));
  if (admitted.kind !== "accepted" || admitted.anchorId === undefined) throw new Error("not admitted");
  const { anchorId, eventId } = admitted;
  const claim = await claimOne(ledger);
  const eventIds = claim.items.map(({ id }) => id);
  await ledger.beginDispatch({
    lane: claim.lane,
    fence: claim.fence,
    dispatchId: names.dispatchId,
    eventIds,
    anchorId,
  });
  const opened = await ledger.openTrigger(opening(claim, { ...names, anchorId }));
  if (opened.kind !== "opened") throw new Error(`no run: ${opened.kind}`);
  return { anchorId, eventId, claim, runFence: opened.runFence, ...names };
}
