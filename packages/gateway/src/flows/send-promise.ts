/** Carries out one promise in Slack or on GitHub; after an unclear end it first looks whether the promise arrived. */
import { OutboxPayload } from "@thor/domain/outbox";
import type { Clock } from "@thor/kit/flow/clock";
import type { Log } from "@thor/kit/flow/log";
import { backoffMs } from "@thor/kit/pure/backoff";
import type { Ledger, PromiseItem, SendResult } from "@thor/ledger/port";
import type { Answer } from "@thor/slack/pure/answer";
import { TRANSIENT_CODES } from "@thor/slack/pure/transient";

import type { SendGithub } from "./github/send.ts";

const GIVE_UP_MS = 15 * 60_000;
const LIMITS = { baseMs: 1000, capMs: 60_000 };

interface Found {
  ts: string;
}
interface Place {
  channel: string;
  threadTs?: string | undefined;
}

export interface SendPromiseDeps extends Pick<Ledger, "promiseByKey"> {
  log: Log;
  clock: Clock;
  teamId: () => string | undefined;
  post: (message: Place & { text: string; promiseId: string }) => Promise<Answer<Found>>;
  /** The message that carries a promise's hidden mark; outside a thread it is looked for from `since` (ms) on. */
  findPosted: (place: Place & { promiseId: string; since: number }) => Promise<Answer<Found | undefined>>;
  whisper: (message: { channel: string; threadTs: string; user: string; text: string }) => Promise<Answer<object>>;
  addCardLine: (card: { channel: string; threadTs: string; ts: string; text: string }) => Promise<Answer<object>>;
  react: (mark: { channel: string; ts: string; name: string; remove?: boolean | undefined }) => Promise<Answer<object>>;
  remove: (message: { channel: string; ts: string }) => Promise<Answer<object>>;
  /** Says what a promise says on GitHub; undefined when GitHub is not set up. */
  onGithub: SendGithub | undefined;
}

/** Words that arrived and marks that never will, under the names people look for. */
function note(log: Log, promise: { id: string; payload: OutboxPayload }, result: SendResult): void {
  const { id: promiseId, payload } = promise;
  const [channel, what] = payload.kind.split(".");
  if (result.kind === "sent" && (what === "post" || what === "comment"))
    log.info({ event: "notice_sent", promiseId, channel }, "told");
  if (result.kind === "failed" && what === "reaction")
    log.warn({ event: "reaction_failed", promiseId, channel, error: result.error }, "a mark could not be set");
}

/** What becomes of a promise after one try. */
const createResultOf =
  ({ clock }: Pick<SendPromiseDeps, "clock">) =>
  (item: PromiseItem, answer: Answer<Found | object>): SendResult => {
    const notBefore = clock.now() + backoffMs(item.attempts + 1, clock.chance(), LIMITS);
    const isOld = clock.now() - item.createdAt > GIVE_UP_MS;
    switch (answer.kind) {
      case "ok":
        return "ts" in answer.body ? { kind: "sent", result: { ts: answer.body.ts } } : { kind: "sent" };
      case "limited":
        return { kind: "retry", notBefore: clock.now() + answer.retryAfterMs, error: "rate limited" };
      case "refused":
        return TRANSIENT_CODES.has(answer.code) && !isOld
          ? { kind: "retry", notBefore, error: answer.code }
          : { kind: "failed", error: answer.code };
      case "unreachable":
        return isOld ? { kind: "failed", error: answer.error } : { kind: "retry", notBefore, error: answer.error };
      case "unknown":
        return isOld ? { kind: "failed", error: answer.error } : { kind: "unknown", notBefore, error: answer.error };
    }
  };

export function createSendPromise(deps: SendPromiseDeps) {
  const resultOf = createResultOf(deps);

  const post = async (item: PromiseItem, payload: Extract<OutboxPayload, { kind: "slack.post" }>) => {
    const { channel, threadTs, text } = payload;
    if (item.maybeSent) {
      const found = await deps.findPosted({ channel, threadTs, promiseId: item.id, since: item.createdAt });
      if (found.kind !== "ok") return found;
      if (found.body !== undefined) return { kind: "ok" as const, body: found.body };
    }
    return deps.post({ channel, threadTs, text, promiseId: item.id });
  };

  const retract = async ({ channel, threadTs, promise }: Extract<OutboxPayload, { kind: "slack.retract" }>) => {
    const earlier = await deps.promiseByKey({ dedupeKey: promise });
    if (earlier === undefined) return { kind: "ok" as const, body: {} };
    const found = await deps.findPosted({ channel, threadTs, promiseId: earlier.id, since: 0 });
    if (found.kind !== "ok") return found;
    return found.body === undefined ? { kind: "ok" as const, body: {} } : deps.remove({ channel, ts: found.body.ts });
  };

  const send = async (item: PromiseItem, payload: OutboxPayload): Promise<SendResult> => {
    switch (payload.kind) {
      case "slack.post":
        return resultOf(item, await post(item, payload));
      case "slack.ephemeral":
        return resultOf(item, await deps.whisper(payload));
      case "slack.card_line":
        return resultOf(item, await deps.addCardLine(payload));
      case "slack.reaction":
        return resultOf(item, await deps.react(payload));
      case "slack.retract":
        return resultOf(item, await retract(payload));
      case "github.reaction":
      case "github.comment":
        return deps.onGithub === undefined
          ? { kind: "failed", error: "github_not_set_up" }
          : resultOf(item, await deps.onGithub(item, payload));
    }
  };

  /** Tries once; the answer says what becomes of the row. */
  return async (item: PromiseItem): Promise<SendResult> => {
    const parsed = OutboxPayload.safeParse(item.payload);
    if (!parsed.success) return { kind: "failed", error: `unknown kind ${item.kind}` };
    const payload = parsed.data;
    if ("team" in payload && payload.team !== undefined && payload.team !== deps.teamId())
      return { kind: "failed", error: "other_workspace" };
    const result = await send(item, payload);
    note(deps.log, { id: item.id, payload }, result);
    return result;
  };
}
