/** How a thing reaches the app, over HTTP or over a socket, with the fault that was planned for it, on record. */
import { setTimeout as pause } from "node:timers/promises";

import { createFates, type Fate } from "../control/outgoing.ts";
import type { World } from "../world/world.ts";
import type { SlackApp } from "./entities.ts";
import { postSigned, type Sent } from "./signed-post.ts";
import type { Sockets } from "./sockets.ts";

export interface Parcel {
  kind: "event" | "interaction";
  type: string;
  /** The JSON inside. */
  body: string;
  retry: { attempt: number; reason: string } | undefined;
}

const urlOf = ({ eventsUrl, interactivityUrl }: SlackApp, { kind }: Parcel) =>
  kind === "event" ? eventsUrl : interactivityUrl;

/** Whether there is anywhere to send such a thing. */
export const isReachable = (app: SlackApp, kind: Parcel["kind"]) =>
  app.usesSockets || (kind === "event" ? app.eventsUrl : app.interactivityUrl) !== undefined;

function httpForm({ kind, body, retry }: Parcel) {
  const headers =
    retry === undefined ? {} : { "x-slack-retry-num": `${retry.attempt}`, "x-slack-retry-reason": retry.reason };
  return kind === "event"
    ? { body, contentType: "application/json", headers }
    : {
        body: new URLSearchParams({ payload: body }).toString(),
        contentType: "application/x-www-form-urlencoded",
        headers,
      };
}

export function createTransport(world: World, app: SlackApp, sockets: Sockets) {
  const fateOf = createFates(world);

  const send = (parcel: Parcel, { isForged, isStale }: Fate): Promise<Sent> => {
    if (app.usesSockets)
      return sockets.send({
        type: parcel.kind === "event" ? "events_api" : "interactive",
        payload: JSON.parse(parcel.body),
        ...(parcel.retry === undefined ? {} : { retry: parcel.retry }),
      });
    const url = urlOf(app, parcel) ?? "";
    const secret = app.signingSecret;
    return postSigned({ url, ...httpForm(parcel), secret, now: world.clock.now(), isForged, isStale });
  };

  const sendCopies = async (parcel: Parcel, fate: Fate): Promise<void> => {
    for (let copy = 0; copy < fate.copies; copy += 1) {
      await pause(fate.gapMs);
      void send(parcel, fate);
    }
  };

  return async (parcel: Parcel) => {
    const fate = await fateOf({ sim: "slack", method: parcel.type, body: JSON.parse(parcel.body) });
    const at = world.clock.now();
    const started = performance.now();
    void sendCopies(parcel, fate);
    const sent: Sent = fate.isLost ? { failure: "lost by plan", isFinal: true } : await send(parcel, fate);
    const ms = Math.round(performance.now() - started);
    const { isFinal, ...response } = sent;
    world.traffic.record({
      at,
      sim: "slack",
      direction: "out",
      method: parcel.type,
      ms,
      request: parcel.body,
      response,
      status: sent.status,
      ...(fate.fault === undefined ? {} : { fault: fate.fault }),
    });
    return { at, ms, response, isFinal, isLost: fate.isLost };
  };
}
