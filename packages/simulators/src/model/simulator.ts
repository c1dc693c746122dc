/** The model simulator: an OpenAI-compatible provider that plays scripted turns, the same after any restart. */
import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";

import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";

import { type Answer, serve } from "../control/serve.ts";
import type { World } from "../world/world.ts";
import { ChatRequest, type Conversation, readConversation } from "./conversation.ts";
import { readDemos } from "./demos.ts";
import { type Scenario, Scenario as ScenarioShape } from "./grammar.ts";
import { houseAnswer, plain, play, type Reply } from "./play.ts";
import { streamedCompletion, usageOf, wholeCompletion } from "./wire.ts";

export const MODEL_ID = "thor-sim-1";
const CONTEXT_TOKENS = 100_000;
const DEMO_PAUSE_MS = 60;

export const ModelOptions = z.strictObject({
  apiKey: z.string().min(1).default("sim-model-key-0123456789abcdef0123456789"),
  values: z.strictObject({ repos: z.string(), worktrees: z.string() }),
  pace: z.enum(["instant", "demo"]).default("instant"),
});
export type ModelOptions = z.infer<typeof ModelOptions>;

interface ModelRequest {
  session: string;
  scenario: string;
  turn: number;
  at: number;
}

export interface ModelSimulator {
  /** Puts scenarios in front of the built-in ones, or in place of everything before. */
  setScenarios: (scenarios: readonly Scenario[], keepsDemos: boolean) => void;
  requests: () => ModelRequest[];
}

const refusal = (status: number, code: string, message: string): Answer => ({
  status,
  body: { error: { message, type: "invalid_request_error", param: null, code } },
});

const Script = z.object({ scenarios: z.array(ScenarioShape), keepsDemos: z.boolean() });
const MAX_REQUESTS = 2000;

function sessionOf(request: FastifyRequest, { user }: Conversation): string {
  const header = request.headers["x-session-id"];
  return typeof header === "string" ? header : createHash("sha256").update(user).digest("hex").slice(0, 16);
}

const shortName = (session: string, user: string) =>
  createHash("sha256").update(`${session}\n${user}`).digest("hex").slice(0, 8);

function createScript(world: World) {
  const rows = world.store.collection("model.script", Script);
  const demos = readDemos();
  return {
    all: () => {
      const { scenarios, keepsDemos } = rows.get("script") ?? { scenarios: [], keepsDemos: true };
      return keepsDemos ? [...scenarios, ...demos] : scenarios;
    },
    set: (scenarios: readonly Scenario[], keepsDemos: boolean) => {
      rows.put("script", { scenarios: [...scenarios], keepsDemos });
    },
  };
}

const badKey = () => refusal(401, "invalid_api_key", "Incorrect API key provided.");

/** The planned failures of a turn, counted so that they end. */
function createFailures(world: World) {
  const counts = world.store.collection("model.failures", z.number());
  return (reply: Reply, session: string): Answer | undefined => {
    if (reply.fail === undefined) return undefined;
    const key = `${session}/${reply.scenario}/${reply.turn}`;
    const count = counts.get(key) ?? 0;
    if (count >= reply.fail.times) return undefined;
    counts.put(key, count + 1);
    const { status, retryAfter } = reply.fail;
    const headers = retryAfter === undefined ? {} : { "retry-after": String(retryAfter) };
    return { ...refusal(status, "planned_failure", "planned failure"), headers };
  };
}

/** Turns a decided reply into the provider's answer: failed, slow, whole or streamed. */
function createAnswerer(world: World, options: ModelOptions) {
  const failureOf = createFailures(world);
  const pauseMs = options.pace === "demo" ? DEMO_PAUSE_MS : 0;
  return async (given: ChatRequest, reply: Reply, session: string): Promise<Answer> => {
    const failure = failureOf(reply, session);
    if (failure !== undefined) return failure;
    if (reply.stallMs > 0) await pause(reply.stallMs);
    const created = Math.floor(world.clock.now() / 1000);
    const frame = { id: `chatcmpl-${world.ids.next("", 24)}`, created, model: given.model };
    const usage = usageOf(given, reply);
    if (usage.prompt_tokens > CONTEXT_TOKENS)
      return refusal(400, "context_length_exceeded", `The maximum context length is ${CONTEXT_TOKENS} tokens.`);
    if (given.stream !== true) return { status: 200, body: wholeCompletion(frame, reply, usage) };
    const isAsked = given.stream_options?.include_usage === true;
    const stream = Readable.from(streamedCompletion(frame, reply, { usage: isAsked ? usage : undefined, pauseMs }));
    return { status: 200, headers: { "content-type": "text/event-stream; charset=utf-8" }, body: stream };
  };
}

interface Decided {
  given: ChatRequest;
  session: string;
  reply: Reply | undefined;
}

/** Mounts `/model/v1`. */
export function startModel(server: FastifyInstance, world: World, options: ModelOptions): ModelSimulator {
  const script = createScript(world);
  const requests: ModelRequest[] = [];
  const answer = createAnswerer(world, options);

  const decide = (request: FastifyRequest): Decided | undefined => {
    const given = ChatRequest.safeParse(request.body).data;
    if (given === undefined) return undefined;
    const conversation = readConversation(given);
    const session = sessionOf(request, conversation);
    const house = houseAnswer(conversation);
    const stage = { ...options.values, ulid: shortName(session, conversation.user) };
    const reply = house === undefined ? play(script.all(), conversation, stage) : plain("house", house);
    return { given, session, reply };
  };

  const complete = ({ given, session, reply }: Decided): Answer | Promise<Answer> => {
    if (given.model !== MODEL_ID)
      return refusal(404, "model_not_found", `The model \`${given.model}\` does not exist.`);
    if (reply === undefined) {
      world.traffic.violate({ sim: "model", method: "chat/completions", what: "no scenario fits" });
      return refusal(400, "no_scenario", "No scenario fits this conversation.");
    }
    requests.push({ session, scenario: reply.scenario, turn: reply.turn, at: world.clock.now() });
    if (requests.length > MAX_REQUESTS) requests.shift();
    return answer(given, reply, session);
  };

  const isKnown = (request: FastifyRequest) => request.headers.authorization === `Bearer ${options.apiKey}`;

  server.get("/model/v1/models", (request, reply) =>
    serve(world, { sim: "model", method: "models", body: undefined, request, reply }, () => {
      const data = [{ id: MODEL_ID, object: "model", created: 0, owned_by: "sim" }];
      return isKnown(request) ? { status: 200, body: { object: "list", data } } : badKey();
    }),
  );

  server.post("/model/v1/chat/completions", (request, reply) => {
    const decided = decide(request);
    const method = decided?.reply?.scenario ?? "chat/completions";
    return serve(world, { sim: "model", method, body: request.body, request, reply }, () => {
      if (!isKnown(request)) return badKey();
      return decided === undefined ? refusal(400, "invalid_request", "This is no chat request.") : complete(decided);
    });
  });

  return { setScenarios: script.set, requests: () => [...requests] };
}
