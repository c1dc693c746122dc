/** How an API call is answered: planned faults first, then the simulator, and everything on record. */
import { Readable } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";

import type { FastifyReply, FastifyRequest } from "fastify";

import type { World } from "../world/world.ts";
import type { Deed } from "./faults.ts";
import { maskHeaders } from "./traffic.ts";

export interface Answer {
  status: number;
  headers?: Record<string, string>;
  body: unknown;
}

export interface Call {
  sim: string;
  method: string;
  body: unknown;
  request: FastifyRequest;
  reply: FastifyReply;
}

type Outcome = Answer | "hang" | "drop";

const slackBody = (error: string): Answer => ({ status: 200, body: { ok: false, error } });

/** GitHub's secondary limit is a 403 that says when to come back. */
const githubLimit = (headers: Record<string, string>): Answer => ({
  status: 403,
  headers,
  body: { message: "You have exceeded a secondary rate limit. Please wait a few minutes before you try again." },
});

function plannedAnswer(deed: Deed, sim: string): Outcome | undefined {
  if ("status" in deed) return { status: deed.status, headers: deed.headers ?? {}, body: deed.body ?? { fault: true } };
  if ("slackError" in deed) return slackBody(deed.slackError);
  if ("rateLimit" in deed) {
    const headers = { "retry-after": String(deed.rateLimit.retryAfter) };
    return sim === "github" ? githubLimit(headers) : { ...slackBody("ratelimited"), status: 429, headers };
  }
  if ("hang" in deed) return "hang";
  if ("drop" in deed && deed.drop === "before") return "drop";
  return undefined;
}

async function outcomeOf(
  deed: Deed | undefined,
  sim: string,
  produce: () => Answer | Promise<Answer>,
): Promise<Outcome> {
  if (deed === undefined) return produce();
  const planned = plannedAnswer(deed, sim);
  if (planned !== undefined) return planned;
  if ("delay" in deed) await pause(deed.delay);
  const answer = await produce();
  return "drop" in deed ? "drop" : answer;
}

/** Sends the beginning of an answer and ends the connection. */
function breakOff(reply: FastifyReply, { status, headers, body }: Answer, afterBytes: number): FastifyReply {
  const bytes = Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
  reply.hijack();
  reply.raw.writeHead(status, { "content-type": "application/json", ...headers, "content-length": bytes.length });
  reply.raw.write(bytes.subarray(0, Math.min(afterBytes, bytes.length - 1)), () => reply.raw.destroy());
  return reply;
}

function recordable(outcome: Outcome): unknown {
  if (typeof outcome === "string") return outcome;
  return outcome.body instanceof Readable ? "(stream)" : outcome.body;
}

/** Answers one call, or misbehaves as planned; `drop after` has its effect and loses the answer. */
export async function serve(world: World, call: Call, produce: () => Answer | Promise<Answer>): Promise<FastifyReply> {
  const { sim, method, body, request, reply } = call;
  const startedAt = world.clock.now();
  const started = performance.now();
  const fault = world.faults.meet({ sim, method, direction: "in", body });
  const outcome = await outcomeOf(fault?.deed, sim, produce);
  const answer = typeof outcome === "string" ? undefined : outcome;
  world.traffic.record({
    at: startedAt,
    sim,
    direction: "in",
    method,
    status: answer?.status,
    ms: performance.now() - started,
    request: { headers: maskHeaders(request.headers), body },
    response: recordable(outcome),
    ...(fault === undefined ? {} : { fault: fault.id }),
  });
  if (answer !== undefined && fault !== undefined && "cut" in fault.deed)
    return breakOff(reply, answer, fault.deed.cut.afterBytes);
  if (answer !== undefined)
    return reply
      .code(answer.status)
      .headers(answer.headers ?? {})
      .send(answer.body);
  reply.hijack();
  if (outcome === "drop") request.raw.socket.destroy();
  return reply;
}
