/** The wiring of approvals: asking, cards, people's decisions, execution, and what ends by itself. */
import { randomUUID } from "node:crypto";

import { sha256Hex } from "@thor/kit/derived-key";
import { startLoop } from "@thor/kit/flow/loop";
import { createIds } from "@thor/kit/ids";
import { systemClock } from "@thor/kit/system-clock";
import { startOutboxDrain } from "@thor/ledger/outbox-drain";
import { createSlackApi } from "@thor/slack/client";

import { createApprovalSignatures } from "../adapters/approval-signatures.ts";
import { createApprovalSlack } from "../adapters/approval-slack.ts";
import { redactText } from "../core/outbound/redact-output.ts";
import { createApprove } from "../flows/approval/click/approve.ts";
import { createCarryOut } from "../flows/approval/click/carry-out.ts";
import { createDecideClick } from "../flows/approval/click/decide.ts";
import { createReject } from "../flows/approval/click/reject.ts";
import { createEdit } from "../flows/approval/edit.ts";
import { createExecution } from "../flows/approval/execution.ts";
import { createGrantAfterVote, createRevoke } from "../flows/approval/grants.ts";
import { createHold } from "../flows/approval/hold.ts";
import { createLook } from "../flows/approval/look.ts";
import { createPolicyFor } from "../flows/approval/policy.ts";
import { createRecheck } from "../flows/approval/recheck.ts";
import { createRecover } from "../flows/approval/recover.ts";
import { createRefuse } from "../flows/approval/refuse.ts";
import { createRequestApproval } from "../flows/approval/request.ts";
import { createSendCard } from "../flows/approval/send-card.ts";
import { createSteer } from "../flows/approval/steer.ts";
import { createTakeDecision } from "../flows/approval/take-decision.ts";
import { createCardTarget } from "../flows/approval/target.ts";
import { createUseGrant } from "../flows/approval/use-grant.ts";
import { createVoters } from "../flows/approval/voters.ts";
import { createResolveRequester } from "../flows/resolve-caller.ts";
import type { Decide } from "../flows/run-command.ts";
import type { Parts } from "./parts.ts";

const FAULT_MS = 3000;
/** A process that died lets go of its cards within this; who takes them up looks before posting. */
const CARD_LEASE_MS = 20_000;
const MAX_CARDS = 4;

export interface ApprovalParts extends Parts {
  link: (anchorId: string, triggerId: string | undefined) => string;
  /** Commands by name, for deciding a stored call again. */
  tools: Readonly<Record<string, Decide>>;
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** What several parts of approvals share. */
function createShared(parts: ApprovalParts, wakeCards: () => void) {
  const { config, log, ledger, view, heldSecrets } = parts;
  const admission = () => view.current().admission;
  const slack = createApprovalSlack(createSlackApi(config.slack), config.slack.baseUrl);
  const redact = (text: string) => redactText(heldSecrets, text);
  return {
    ...ledger,
    log,
    admission,
    slack,
    wakeCards,
    pause,
    clock: systemClock,
    now: systemClock.now,
    newId: createIds(systemClock.now),
    sha256: sha256Hex,
    digest: sha256Hex,
    link: parts.link,
    tools: () => parts.tools,
    note: parts.audit.note,
    signatures: createApprovalSignatures(config.secrets),
    policyFor: createPolicyFor({ admission, digest: sha256Hex }),
    cardTarget: createCardTarget(ledger),
    resolve: createResolveRequester({ ...ledger, clock: systemClock, profiles: admission }),
    voters: createVoters({ ...slack, now: systemClock.now, admission }),
    hold: createHold({ ...ledger, holder: `remote-cli:${process.pid}:${randomUUID()}` }),
    execution: createExecution({ ...ledger, log, redact, wakeCards }),
  };
}
type Shared = ReturnType<typeof createShared>;

function createDecisions(shared: Shared) {
  const refuse = createRefuse(shared);
  const carryOut = createCarryOut({
    ...shared,
    recheck: createRecheck(shared),
    grantAfterVote: createGrantAfterVote(shared),
  });
  const decideClick = createDecideClick({
    ...shared,
    refuse,
    approve: createApprove({ ...shared, carryOut }),
    reject: createReject(shared),
  });
  return createTakeDecision({
    ...shared,
    actionSigned: shared.signatures.actionSigned,
    decideClick,
    edit: createEdit(shared),
    revoke: createRevoke(shared),
    refuse,
  });
}

/** Everything about approvals, with its loops; closing waits for the sends in hand. */
export function createApprovalSide(parts: ApprovalParts) {
  const shared = createShared(parts, () => cards.wake());
  const { log, slack, signatures } = shared;
  const cards = startOutboxDrain({
    ...shared,
    ledger: parts.ledger,
    name: "approval cards",
    holder: `remote-cli:${process.pid}`,
    streams: ["approval"],
    leaseMs: CARD_LEASE_MS,
    room: () => MAX_CARDS,
    send: createSendCard({ ...shared, ...slack, sign: signatures.sign }),
  });
  const recovery = startLoop({ name: "approval recovery", log, turn: createRecover(shared), faultDelayMs: FAULT_MS });
  return {
    request: createRequestApproval({ ...shared, useGrant: createUseGrant(shared) }),
    look: createLook(shared),
    takeDecision: createDecisions(shared),
    steer: createSteer(shared),
    close: async () => {
      await Promise.all([cards.stop(), recovery.stop()]);
    },
  };
}
