/** Signed Slack mentions at a fixed concurrency, with the time each acknowledgement took. */
import { createHmac } from "node:crypto";
import { Agent, request } from "node:http";

import { BOT, TEAM } from "./fake-neighbours.ts";

export interface Sent {
  key: string;
  status: number;
  tookMs: number;
  ackedAt: number;
}

function post(options: { agent: Agent; url: string; headers: Record<string, string>; body: string }): Promise<number> {
  const { agent, url, headers, body } = options;
  return new Promise((resolve, reject) => {
    const call = request(url, { method: "POST", agent, headers, timeout: 30_000 }, (response) => {
      response.resume();
      response.on("end", () => resolve(response.statusCode ?? 0));
    });
    call.on("error", reject);
    call.on("timeout", () => call.destroy(new Error("no answer within 30 s")));
    call.end(body);
  });
}

/** A thread per message: `first` is the number of the first one, so that threads never repeat within a run. */
export async function sendMentions(options: {
  url: string;
  secret: string;
  count: number;
  concurrency: number;
  first: number;
}): Promise<Sent[]> {
  const { url, secret, count, concurrency, first } = options;
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency });
  const sent: Sent[] = [];
  let next = 0;

  const sendOne = async (number: number) => {
    const ts = `${1_700_000_000 + number}.000001`;
    const event = { type: "app_mention", user: "UHUMAN", text: `<@${BOT}> hello ${number}`, ts, channel: "CBENCH" };
    const body = JSON.stringify({ type: "event_callback", event_id: `Ev${number}`, team_id: TEAM, event });
    const timestamp = String(Math.floor(Date.now() / 1000));
    const signature = `v0=${createHmac("sha256", secret).update(`v0:${timestamp}:${body}`).digest("hex")}`;
    const headers = {
      "content-type": "application/json",
      "x-slack-request-timestamp": timestamp,
      "x-slack-signature": signature,
    };
    const startedAt = performance.now();
    const status = await post({ agent, url, headers, body });
    const endedAt = performance.now();
    sent.push({
      key: `slack:thread:CBENCH/${ts}`,
      status,
      tookMs: endedAt - startedAt,
      ackedAt: performance.timeOrigin + endedAt,
    });
  };
  const worker = async () => {
    while (next < count) {
      next += 1;
      await sendOne(first + next);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  agent.destroy();
  return sent;
}
