/** Keeps the promises about approvals: the card as it stands now, the reminder, and standing permissions. */
import { NO_THREAD, type ApprovalAction, type ApprovalButtonFacts } from "@thor/domain/approval";
import type { Clock } from "@thor/kit/flow/clock";
import { backoffMs } from "@thor/kit/pure/backoff";
import type { Approval, Ledger, PromiseItem, SendResult } from "@thor/ledger/port";
import type { Answer } from "@thor/slack/pure/answer";
import { TRANSIENT_CODES } from "@thor/slack/pure/transient";

import {
  cardText,
  endedCard,
  fileNameOf,
  fileText,
  grantMessage,
  needsFile,
  openCard,
  reminderText,
  type CardFacts,
} from "../../core/approval/card.ts";
import { cardEnd, outcomeOf } from "../../core/approval/ending.ts";
import { grantIdOf } from "../../core/approval/grant.ts";
import { meaningOf, promiseOf } from "../../core/approval/record.ts";
import { auditOf, outcomeEvent } from "../../core/approval/told.ts";
import { threadOf } from "./take-decision.ts";

interface Place {
  channel: string;
  threadTs?: string | undefined;
}
interface Shown {
  text: string;
  blocks?: readonly object[] | undefined;
}

export interface SendCardDeps extends Pick<Ledger, "approvalById" | "grantById" | "placeMessage" | "closeApproval"> {
  clock: Clock;
  teamId: () => Promise<string | undefined>;
  sign: (action: ApprovalAction, facts: ApprovalButtonFacts) => string;
  link: (anchorId: string, triggerId: string | undefined) => string;
  post: (place: Place, shown: Shown, mark: string) => Promise<Answer<{ ts: string; channel: string }>>;
  update: (place: { channel: string; ts: string }, shown: Shown) => Promise<Answer<object>>;
  /** The message that carries a mark. */
  find: (place: Place & { oldest: number }, mark: string) => Promise<Answer<{ ts: string } | undefined>>;
  upload: (place: Place, file: { name: string; text: string }) => Promise<Answer<object>>;
}

const GIVE_UP_MS = 15 * 60_000;
const LIMITS = { baseMs: 500, capMs: 60_000 };
const SENT: SendResult = { kind: "sent" };

const placeOf = ({ channel, threadTs }: Approval): Place =>
  threadTs === NO_THREAD ? { channel } : { channel, threadTs };

/** What a call to Slack means for the promise. */
function resultOf(item: PromiseItem, answer: Answer<unknown>, clock: Clock): SendResult {
  const now = clock.now();
  const notBefore = Math.round(now + backoffMs(item.attempts + 1, clock.chance(), LIMITS));
  const isOld = now - item.createdAt > GIVE_UP_MS;
  switch (answer.kind) {
    case "ok":
      return SENT;
    case "limited":
      return { kind: "retry", notBefore: now + answer.retryAfterMs, error: "rate limited" };
    case "refused":
      return TRANSIENT_CODES.has(answer.code) && !isOld
        ? { kind: "retry", notBefore, error: answer.code }
        : { kind: "failed", error: answer.code };
    case "unreachable":
    case "unknown":
      if (isOld) return { kind: "failed", error: answer.error };
      return { kind: answer.kind === "unknown" ? "unknown" : "retry", notBefore, error: answer.error };
  }
}

function factsOf(record: Approval, link: SendCardDeps["link"]): CardFacts {
  const { id, tool, targetKey, argsSha256, expiresAt, votes } = record;
  const yes = votes.filter(({ decision }) => decision === "approved").length;
  return {
    ...meaningOf(record),
    id,
    tool,
    targetKey,
    argsSha256,
    expiresAt,
    expiresText: new Date(expiresAt).toISOString(),
    yes,
    link: link(record.anchorId, record.triggerId),
  };
}

/** What the card says now; buttons only while people can decide. */
function shownOf(deps: SendCardDeps, record: Approval, team: string): Shown {
  const facts = factsOf(record, deps.link);
  if (record.state !== "pending") {
    const end = cardEnd(record);
    return { text: `${end.sign} ${end.text}`, blocks: endedCard(facts, end) };
  }
  return { text: cardText(facts), blocks: openCard(facts, (action) => deps.sign(action, { ...record, team })) };
}

/** A request that nobody can see is no request. */
async function endUnseen(deps: SendCardDeps, record: Approval, reason: string): Promise<void> {
  const end = {
    state: "rejected" as const,
    reviewer: "slack",
    sideEffect: "none" as const,
    why: "post_failed",
    reason,
  };
  const by = { kind: "service" as const, id: "remote-cli" };
  await deps.closeApproval({
    id: record.id,
    fence: record.fence,
    state: "rejected",
    why: "post_failed",
    reason,
    told: {
      audit: auditOf(record, { event: "approval.decided", decision: "rejected", by, reason }),
      event: outcomeEvent(record, outcomeOf(record, end)),
    },
  });
}

/** Posts the card once; the mandatory file comes first. */
async function postCard(
  deps: SendCardDeps,
  item: PromiseItem,
  given: { record: Approval; shown: Shown; mark: string },
) {
  const { record, shown, mark } = given;
  const place = placeOf(record);
  if (item.maybeSent) {
    const found = await deps.find({ ...place, oldest: record.createdAt }, mark);
    if (found.kind !== "ok") return found;
    if (found.body !== undefined) return { kind: "ok" as const, body: { ...found.body, channel: place.channel } };
  }
  const facts = factsOf(record, deps.link);
  if (needsFile(facts)) {
    const sent = await deps.upload(place, { name: fileNameOf(facts), text: fileText(facts) });
    if (sent.kind !== "ok") return sent;
  }
  return deps.post(place, shown, mark);
}

type PostedCard = Awaited<ReturnType<typeof postCard>>;

/** Notes which message is the card now; only that one's buttons count. */
async function placeCard(deps: SendCardDeps, record: Approval, posted: PostedCard): Promise<void> {
  if (posted.kind !== "ok" || !("ts" in posted.body)) return;
  const { channel, ts: messageTs } = posted.body;
  await deps.placeMessage({ table: "approvals", id: record.id, channel, messageTs });
}

/** A new message becomes the card, and the old one loses its buttons. */
async function repostCard(
  deps: SendCardDeps,
  item: PromiseItem,
  given: { record: Approval; shown: Shown; retires: string },
): Promise<SendResult> {
  const { record, shown, retires } = given;
  if (record.state !== "pending") return SENT;
  const posted = await postCard(deps, item, { record, shown, mark: `${record.id}-after-${retires}` });
  await placeCard(deps, record, posted);
  if (posted.kind !== "ok") return resultOf(item, posted, deps.clock);
  const end = { sign: ":arrow_down:", text: "Posted afresh; this card no longer counts" };
  const old = { text: end.text, blocks: endedCard(factsOf(record, deps.link), end) };
  const retired = await deps.update({ channel: record.channel, ts: retires }, old);
  const isGone = retired.kind === "refused" && retired.code === "message_not_found";
  return isGone ? SENT : resultOf(item, retired, deps.clock);
}

async function sendCard(
  deps: SendCardDeps,
  item: PromiseItem,
  { record, retires }: { record: Approval; retires: string | undefined },
): Promise<SendResult> {
  const { clock } = deps;
  const team = await deps.teamId();
  if (team === undefined)
    return resultOf(item, { kind: "unreachable", error: "the workspace is not known yet" }, clock);
  const shown = shownOf(deps, record, team);
  if (retires !== undefined) return repostCard(deps, item, { record, shown, retires });
  const { channel, messageTs: ts } = record;
  if (ts !== undefined) {
    const updated = await deps.update({ channel, ts }, shown);
    const isGone = updated.kind === "refused" && updated.code === "message_not_found";
    return isGone ? SENT : resultOf(item, updated, clock);
  }
  if (record.state !== "pending") return SENT;
  const posted = await postCard(deps, item, { record, shown, mark: record.id });
  const result = resultOf(item, posted, clock);
  await placeCard(deps, record, posted);
  if (result.kind === "failed") await endUnseen(deps, record, result.error);
  return result;
}

async function sendReminder(deps: SendCardDeps, item: PromiseItem, record: Approval): Promise<SendResult> {
  const threadTs = threadOf(record);
  if (record.state !== "pending" || threadTs === undefined) return SENT;
  const mark = `${record.id}-remind`;
  const { channel } = record;
  const found = item.maybeSent ? await deps.find({ channel, threadTs, oldest: record.createdAt }, mark) : undefined;
  if (found?.kind === "ok" && found.body !== undefined) return SENT;
  const text = reminderText(factsOf(record, deps.link));
  return resultOf(item, await deps.post({ channel, threadTs }, { text }, mark), deps.clock);
}

async function sendGrant(deps: SendCardDeps, item: PromiseItem, record: Approval): Promise<SendResult> {
  const grant = await deps.grantById({ id: grantIdOf(record.id) });
  const [team, threadTs] = [await deps.teamId(), threadOf(record)];
  if (grant === undefined || threadTs === undefined) return SENT;
  if (team === undefined)
    return resultOf(item, { kind: "unreachable", error: "the workspace is not known yet" }, deps.clock);
  const { id } = grant;
  const { channel } = record;
  const revokeValue = deps.sign("revoke", { ...record, id, team });
  const { tool, createdBy, expiresAt, revokedAt } = grant;
  const expiresText = new Date(expiresAt).toISOString();
  const isOver = revokedAt !== undefined;
  const shown = grantMessage({ tool, createdBy, expiresAt, expiresText, isOver, revokeValue });
  const found = await deps.find({ channel, threadTs, oldest: record.createdAt }, id);
  if (found.kind !== "ok") return resultOf(item, found, deps.clock);
  const ts = found.body?.ts;
  const sent =
    ts === undefined ? await deps.post({ channel, threadTs }, shown, id) : await deps.update({ channel, ts }, shown);
  return resultOf(item, sent, deps.clock);
}

/** Tries once; the answer says what becomes of the row. */
export const createSendCard =
  (deps: SendCardDeps) =>
  async (item: PromiseItem): Promise<SendResult> => {
    const promise = promiseOf(item.payload);
    const record = promise === undefined ? undefined : await deps.approvalById({ id: promise.actionId });
    if (record === undefined) return { kind: "failed", error: "unknown request" };
    switch (item.kind) {
      case "approval.card":
        return sendCard(deps, item, { record, retires: promise?.retires });
      case "approval.remind":
        return sendReminder(deps, item, record);
      case "approval.grant":
        return sendGrant(deps, item, record);
      default:
        return { kind: "failed", error: `unknown kind ${item.kind}` };
    }
  };
