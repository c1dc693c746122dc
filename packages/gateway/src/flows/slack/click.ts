/** A press of a button becomes a durable row before it is acknowledged; what it asks for happens later, once. */
import { parseActionButton, type ActionButton, type ButtonPlace } from "@thor/domain/action-button";
import { controlStream, slackStream, type ApprovalClick, type OutboxPayload } from "@thor/domain/outbox";
import type { NewPromise } from "@thor/domain/queue";
import type { Clock } from "@thor/kit/flow/clock";
import type { Log } from "@thor/kit/flow/log";
import type { Ledger } from "@thor/ledger/port";

import {
  isControlButton,
  judgeClick,
  refusalWords,
  type ButtonHome,
  type ClickRefusal,
} from "../../core/slack/click/judge.ts";
import type { Interaction, Press } from "../../core/slack/click/payload.ts";
import { isOurTeam } from "../../core/slack/screen.ts";
import type { IdentityState } from "./receive.ts";

export interface ClickDeps extends Pick<
  Ledger,
  "recordClick" | "appendAudit" | "enqueueOutbox" | "cardById" | "progressOf" | "triggerById"
> {
  log: Log;
  clock: Clock;
  identity: () => IdentityState;
  isSigned: (button: ActionButton, place: ButtonPlace, signature: string) => boolean;
  digest: (text: string) => string;
}

export type Clicked =
  | { kind: "recorded" }
  | { kind: "ignored"; interactionType: string; reason?: string | undefined }
  | { kind: "unreadable" }
  | { kind: "not_ready"; error: "slack_not_ready" | "overloaded" }
  | { kind: "not_stored" };

const APPROVAL = /^approval_(approve|reject|edit|more|revoke)$/;
const APPROVAL_VALUE = /^v4:([A-Za-z0-9_-]{1,128}):/;

function approvalPromise(press: Press, clickId: string): NewPromise | undefined {
  const [, approvalId] = APPROVAL_VALUE.exec(press.value) ?? [];
  if (approvalId === undefined) return undefined;
  const { actionTs: _actionTs, ...rest } = press;
  const payload: ApprovalClick = { kind: "approval.click", clickId, ...rest };
  return { kind: payload.kind, stream: `click:${approvalId}`, dedupeKey: `click:${clickId}`, payload };
}

/** The recorded message that a button belongs to. */
const createHomeOf =
  (deps: Pick<ClickDeps, "cardById" | "triggerById" | "progressOf">) =>
  async ({ kind, refId }: ActionButton): Promise<ButtonHome | undefined> => {
    if (kind === "card") {
      const card = await deps.cardById({ id: refId });
      return card === undefined ? undefined : { ...card, isOpen: card.state === "open" };
    }
    const [run, message] = await Promise.all([
      deps.triggerById({ triggerId: refId }),
      deps.progressOf({ triggerId: refId }),
    ]);
    if (run === undefined || message === undefined) return undefined;
    const { channel, messageTs } = message;
    return { anchorId: run.anchorId, triggerId: run.id, channel, messageTs, isOpen: message.state === "live" };
  };

/** How a press ends: as a row, or as a refusal that the person is told. */
function createEnds(deps: ClickDeps) {
  const refuse = async (press: Press, why: ClickRefusal, clickId: string): Promise<Clicked> => {
    const { user, channel, threadTs, team, actionId } = press;
    deps.log.warn({ event: "click_refused", actionId, result: why }, "click refused");
    await deps.appendAudit({
      service: "gateway",
      event: "click_refused",
      actorKind: "slack",
      actor: user,
      target: `${channel}/${press.messageTs}`,
      decision: "deny",
      rule: why,
    });
    const payload: OutboxPayload = { kind: "slack.ephemeral", channel, threadTs, team, user, text: refusalWords(why) };
    const stream = slackStream(channel, threadTs);
    await deps.enqueueOutbox({ kind: payload.kind, stream, dedupeKey: `refused:${clickId}`, payload });
    return { kind: "ignored", interactionType: "block_actions", reason: why };
  };

  const record = async ({ channel, messageTs, team, actionId }: Press, promise: NewPromise): Promise<Clicked> => {
    const outcome = await deps.recordClick({ promise, refs: { team, channel, ts: messageTs } });
    switch (outcome.kind) {
      case "recorded":
      case "exists":
        deps.log.info({ event: "click_recorded", row: outcome.id, actionId, result: "recorded" }, "click recorded");
        return { kind: "recorded" };
      case "overloaded":
        return { kind: "not_ready", error: "overloaded" };
      case "unavailable":
        return { kind: "not_stored" };
    }
  };

  return { refuse, record };
}

export function createClick(deps: ClickDeps) {
  const homeOf = createHomeOf(deps);
  const { refuse, record } = createEnds(deps);

  const control = async (press: Press, clickId: string): Promise<Clicked> => {
    const read = parseActionButton(press.value);
    if (read === undefined) return refuse(press, "signature", clickId);
    const { button, signature } = read;
    const isSigned = deps.isSigned(button, press, signature);
    const home = isSigned ? await homeOf(button) : undefined;
    const judged = judgeClick(press, button, { nowMs: deps.clock.now(), isSigned, home, clickId });
    if (judged.kind === "refused" || home === undefined)
      return refuse(press, judged.kind === "refused" ? judged.why : "other_message", clickId);
    const { request } = judged;
    const { anchorId, triggerId } = home;
    const row = {
      kind: request.kind,
      stream: controlStream(anchorId),
      dedupeKey: `click:${clickId}`,
      payload: request,
    };
    return record(press, { ...row, anchorId, ...(triggerId === undefined ? {} : { triggerId }) });
  };

  const pressed = async (press: Press): Promise<Clicked> => {
    const { team, channel, messageTs, user, actionId, actionTs } = press;
    const clickId = deps.digest([team, channel, messageTs, user, actionId, actionTs].join("\n"));
    if (isControlButton(actionId)) return control(press, clickId);
    const approval = APPROVAL.test(actionId) ? approvalPromise(press, clickId) : undefined;
    if (approval !== undefined) return record(press, approval);
    if (APPROVAL.test(actionId)) return refuse(press, "signature", clickId);
    return { kind: "ignored", interactionType: "block_actions" };
  };

  /** Handles one interaction whose sender is proven. */
  return async (interaction: Interaction): Promise<Clicked> => {
    if (interaction.kind === "unreadable") return { kind: "unreadable" };
    const identity = deps.identity();
    if (identity.kind !== "known") return { kind: "not_ready", error: "slack_not_ready" };
    const team = interaction.kind === "press" ? interaction.press.team : interaction.team;
    const interactionType = interaction.kind === "press" ? "block_actions" : interaction.interactionType;
    deps.log.info({ event: "interactivity_received", interactionType }, "interaction received");
    if (team === undefined || !isOurTeam({ teamIds: [team] }, identity.me))
      return { kind: "ignored", interactionType, reason: "team_mismatch" };
    return interaction.kind === "press" ? pressed(interaction.press) : { kind: "ignored", interactionType };
  };
}
export type Click = ReturnType<typeof createClick>;
