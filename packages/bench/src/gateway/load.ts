/** Deliveries at a fixed concurrency, with the time each acknowledgement took. */
import { createHmac } from "node:crypto";

import { Agent, request } from "undici";

import { BOT, TEAM } from "./fake-neighbours.ts";

export interface Sent {
  /** The correlation key under which the runner will hear of it. */
  key: string;
  status: number;
  tookMs: number;
  ackedAt: number;
}

const SEND_MS = 30_000;

interface Delivery {
  key: string;
  url: string;
  headers: Record<string, string>;
  body: string;
}
/** Makes the nth delivery of a source, signed for the moment it is made. */
export type Source = (number: number) => Delivery;

async function post({ url, headers, body }: Delivery, dispatcher: Agent): Promise<number> {
  const answer = await request(url, { method: "POST", dispatcher, headers, body });
  await answer.body.dump();
  return answer.statusCode;
}

/**
 * A conversation per delivery: `first` is the number of the first one, so that they never repeat within a run. All are
 * signed before the first leaves: what is measured is the wait of a sender, not how fast this one process can sign.
 */
export async function sendAll(source: Source, options: { count: number; concurrency: number; first: number }) {
  const { count, concurrency, first } = options;
  const limits = { headersTimeout: SEND_MS, bodyTimeout: SEND_MS };
  const agent = new Agent({ connections: concurrency, pipelining: 1, ...limits });
  const deliveries = Array.from({ length: count }, (_, at) => source(first + at + 1)).values();
  const sent: Sent[] = [];
  const worker = async () => {
    for (const delivery of deliveries) {
      const startedAt = performance.now();
      const status = await post(delivery, agent);
      const endedAt = performance.now();
      const { key } = delivery;
      sent.push({ key, status, tookMs: endedAt - startedAt, ackedAt: performance.timeOrigin + endedAt });
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  await agent.close();
  return sent;
}

const hmac = (secret: string, text: string) => createHmac("sha256", secret).update(text).digest("hex");
const json = { "content-type": "application/json" };

/** Mentions in Slack, a thread each. */
export const slackMentions =
  (url: string, secret: string): Source =>
  (number) => {
    const ts = `${1_700_000_000 + number}.000001`;
    const event = { type: "app_mention", user: "UHUMAN", text: `<@${BOT}> hello ${number}`, ts, channel: "CBENCH" };
    const body = JSON.stringify({ type: "event_callback", event_id: `Ev${number}`, team_id: TEAM, event });
    const timestamp = String(Math.floor(Date.now() / 1000));
    const signature = `v0=${hmac(secret, `v0:${timestamp}:${body}`)}`;
    const headers = { ...json, "x-slack-request-timestamp": timestamp, "x-slack-signature": signature };
    return { key: `slack:thread:CBENCH/${ts}`, url, headers, body };
  };

/** Comments on GitHub issues that mention Thor, an issue each. */
export const githubComments =
  (url: string, secret: string): Source =>
  (number) => {
    const user = { id: 7, login: "human", type: "User" };
    const body = JSON.stringify({
      action: "created",
      installation: { id: 1 },
      repository: { id: 1, full_name: "acme/demo", private: true, default_branch: "main" },
      sender: user,
      issue: { number, title: "Bench", body: "", state: "open", user, author_association: "MEMBER", labels: [] },
      comment: { id: number, body: `@thor hello ${number}`, user, author_association: "MEMBER" },
    });
    const headers = {
      ...json,
      "x-github-event": "issue_comment",
      "x-github-delivery": `bench-${number}-0000`,
      "x-hub-signature-256": `sha256=${hmac(secret, body)}`,
    };
    return { key: `github:issue:demo:acme/demo#${number}`, url, headers, body };
  };

/** Scheduled prompts, a conversation each. */
export const cronPrompts =
  (url: string, given: { secret: string; directory: string }): Source =>
  (number) => {
    const { secret, directory } = given;
    const correlationKey = `cron:bench:${number}`;
    const body = JSON.stringify({ prompt: `bench ${number}`, directory, correlationKey });
    const headers = { ...json, authorization: `Bearer ${secret}`, "idempotency-key": `bench-${number}` };
    return { key: correlationKey, url, headers, body };
  };
