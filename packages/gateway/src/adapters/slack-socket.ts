/** Slack's events over its socket: the official client connects and reconnects, an envelope is acknowledged once it is committed. */
import { SocketModeClient } from "@slack/socket-mode";
import type { Log } from "@thor/kit/flow/log";
import { silentSlackLogger } from "@thor/slack/client";
import { z } from "zod";

const Envelope = z.object({
  type: z.string(),
  body: z.unknown(),
  ack: z.custom<() => Promise<void>>((value) => typeof value === "function"),
});

/** A socket that failed to open this often in a row is a degradation that people should see. */
const MANY_FAILURES = 3;
const RESTART_MS = 30_000;

export interface SlackSocketOptions {
  appToken: string;
  baseUrl: string;
  log: Log;
  /** Commits what an envelope carries; false leaves it unacknowledged, so that Slack sends it again. */
  onEnvelope: (type: string, body: unknown) => Promise<boolean>;
}

export function createSlackSocket({ appToken, baseUrl, log, onEnvelope }: SlackSocketOptions) {
  const client = new SocketModeClient({
    appToken,
    logger: silentSlackLogger,
    clientOptions: { slackApiUrl: `${baseUrl}/` },
  });
  let isConnected = false;
  let isStarted = false;
  let failures = 0;

  client.on("connected", () => {
    isConnected = true;
    failures = 0;
    log.info({ event: "socket_connected" }, "Slack's socket is connected");
  });
  const lost = () => {
    isConnected = false;
    failures += 1;
    log.warn({ event: "socket_disconnected", failures }, "Slack's socket is not connected");
  };
  client.on("reconnecting", lost);
  client.on("disconnected", lost);
  // An emitter without a listener for errors would end the process.
  client.on("error", (err: unknown) => log.warn({ event: "socket_error", err }, "Slack's socket failed"));

  const take = async (message: unknown): Promise<void> => {
    const { type, body, ack } = Envelope.parse(message);
    if (await onEnvelope(type, body)) await ack();
  };
  client.on("slack_event", (message: unknown) => {
    // The copy that Slack sends again meets a duplicate, or does the work.
    take(message).catch((err: unknown) =>
      log.warn({ event: "socket_unacknowledged", err }, "envelope not acknowledged"),
    );
  });

  return {
    /** One turn of a loop: starts the client, and again after it gave up; answers when to look again, in ms. */
    keep: async (): Promise<number> => {
      if (isStarted) return RESTART_MS;
      isStarted = true;
      client.start().catch((err: unknown) => {
        isStarted = false;
        lost();
        log.error({ event: "socket_refused", err }, "Slack refused the socket; is SLACK_APP_TOKEN right?");
      });
      return RESTART_MS;
    },
    isConnected: () => isConnected,
    isFailing: () => !isConnected && failures >= MANY_FAILURES,
    close: () => client.disconnect(),
  };
}
