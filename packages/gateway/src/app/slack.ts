/** Slack's side of the gateway: what comes in, and the verbs for what goes out. */
import { setTimeout as pause } from "node:timers/promises";

import { ACTION_BUTTON_KEY } from "@thor/domain/action-button";
import { APPROVAL_BUTTON_KEY } from "@thor/domain/approval";
import { THOR_KEY_SALT } from "@thor/domain/key-salt";
import { sha256Hex } from "@thor/kit/derived-key";
import { startLoop } from "@thor/kit/flow/loop";
import { createSignatureCheck, createSigner } from "@thor/kit/signer";
import { systemClock } from "@thor/kit/system-clock";
import { isListedChannel } from "@thor/workspace-config/pure/profile";

import { createSlackSocket } from "../adapters/slack-socket.ts";
import { createGatewaySlack } from "../adapters/slack.ts";
import type { GatewayConfig } from "../config.ts";
import type { SlackHealth } from "../core/health.ts";
import type { Envelope } from "../core/slack/envelope.ts";
import { createChannelClasses } from "../flows/channel-classes.ts";
import { createLearnIdentity } from "../flows/learn-identity.ts";
import { createBackfillSlack } from "../flows/slack/backfill.ts";
import { createClick } from "../flows/slack/click.ts";
import { createOpenLater, type OpenFormDeps } from "../flows/slack/open-form.ts";
import { createReceiveSlack } from "../flows/slack/receive.ts";
import { createTakeEnvelope } from "../flows/slack/take-envelope.ts";
import type { Parts } from "./parts.ts";

/** For a loop that has done its one piece of work. */
const IDLE_MS = 24 * 60 * 60_000;

type SlackConfig = NonNullable<GatewayConfig["slack"]>;

/** Everything that Slack sends, by request or by socket. */
function createIntake(
  { config, ledger, view, log, pressure }: Parts,
  known: {
    identity: ReturnType<typeof createLearnIdentity>;
    channels: ReturnType<typeof createChannelClasses>;
    slack: SlackConfig;
    openForm: OpenFormDeps["openForm"];
  },
) {
  const { identity, channels, slack } = known;
  const isListed = (channel: string) => isListedChannel(view.current().admission, channel);
  const hear = createReceiveSlack({
    ...ledger,
    log,
    clock: systemClock,
    identity: identity.state,
    channelClass: channels.known,
    forgetChannel: channels.forget,
    isListed,
  });
  let lastEventAt: number | undefined;
  const receive = (envelope: Envelope) => {
    lastEventAt = systemClock.now();
    return pressure.during(() => hear(envelope));
  };
  const openLater = createOpenLater({ ...ledger, log, openForm: known.openForm });
  const click = createClick({
    ...ledger,
    log,
    clock: systemClock,
    identity: identity.state,
    isSigned: createSignatureCheck(config.secrets.accepted, THOR_KEY_SALT, ACTION_BUTTON_KEY),
    sign: createSigner(config.secrets.current, THOR_KEY_SALT, ACTION_BUTTON_KEY),
    digest: sha256Hex,
    openLater,
    approvals: {
      ...ledger,
      sign: createSigner(config.secrets.current, THOR_KEY_SALT, APPROVAL_BUTTON_KEY),
      isSigned: createSignatureCheck(config.secrets.accepted, THOR_KEY_SALT, APPROVAL_BUTTON_KEY),
      clock: systemClock,
      digest: sha256Hex,
      openLater,
    },
  });
  const { appToken } = slack;
  const onEnvelope = createTakeEnvelope({ receive, click });
  const socket = appToken === undefined ? undefined : createSlackSocket({ ...slack, appToken, log, onEnvelope });
  return { receive, click, socket, lastEventAt: () => lastEventAt };
}

/** Everything that exists only when Slack is set up. */
export function createSlackSide(parts: Parts, slack: SlackConfig) {
  const { config, ledger, log } = parts;
  const clock = systemClock;
  const vendor = createGatewaySlack(slack);
  const channels = createChannelClasses({ clock, lookUp: vendor.lookUpChannel });
  const identity = createLearnIdentity({ log, clock, ask: vendor.askIdentity, expected: slack });
  const { receive, click, socket, lastEventAt } = createIntake(parts, { identity, channels, slack, ...vendor });
  const teamId = () => {
    const state = identity.state();
    return state.kind === "known" ? state.me.teamId : undefined;
  };
  const createBackfillTurn = () => {
    // Asked before anything new can come in: from here on was missed.
    const last = ledger.lastDeliveryAt({ provider: "slack" });
    let isDone = false;
    const backfill = createBackfillSlack({ ...ledger, ...vendor, log, clock, receive, pause });
    return async () => {
      const since = await last;
      const state = identity.state();
      if (state.kind !== "known") return 1000;
      if (since !== undefined && !isDone) await backfill(state.me, since);
      isDone = true;
      return IDLE_MS;
    };
  };
  /** Starts learning who Thor is and, where that is how Slack comes, the socket; answers how to stop. */
  const start = () => {
    const identityLoop = startLoop({ name: "identity", log, turn: identity.attempt });
    const backfillLoop = config.backfill ? startLoop({ name: "backfill", log, turn: createBackfillTurn() }) : undefined;
    const socketLoop = socket === undefined ? undefined : startLoop({ name: "socket", log, turn: socket.keep });
    return async () => {
      await socketLoop?.stop();
      await socket?.close();
      await backfillLoop?.stop();
      await identityLoop.stop();
    };
  };
  /** Settings that contradict the token, as far as Slack says now who Thor is; asked only when there are such settings. */
  const wrongSettings = async (): Promise<readonly string[]> => {
    if (slack.botUserId === undefined && slack.teamId === undefined) return [];
    await identity.attempt();
    const state = identity.state();
    return state.kind === "refused" ? (state.wrong ?? []) : [];
  };
  const health = (): SlackHealth => ({
    mode: socket === undefined ? "http" : "socket",
    identity: identity.state().kind,
    ...(socket === undefined ? {} : { connected: socket.isConnected(), failing: socket.isFailing() }),
    team: teamId(),
    lastEventAt: lastEventAt(),
  });
  const gauges = {
    gate_cache_entries: channels.size,
    socket_connected: () => Number(socket?.isConnected() ?? false),
  };
  return { ...vendor, receive, click, teamId, learnChannel: channels.learn, health, gauges, wrongSettings, start };
}
export type SlackSide = ReturnType<typeof createSlackSide>;
