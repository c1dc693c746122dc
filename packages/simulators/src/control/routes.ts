/** `/_sim`: how tests and tools ask about the world, move its clock, plan faults and act as a person. */
import { setTimeout as pause } from "node:timers/promises";

import type { FastifyInstance } from "fastify";
import { z } from "zod";

import { GithubAct } from "../github/act-schema.ts";
import { GithubRefusal } from "../github/act.ts";
import type { GithubSimulator } from "../github/simulator.ts";
import { parseScenarios } from "../model/grammar.ts";
import type { ModelSimulator } from "../model/simulator.ts";
import { SlackAct } from "../slack/act-schema.ts";
import { perform } from "../slack/act.ts";
import { doubledMessages } from "../slack/invariants.ts";
import type { SlackSimulator } from "../slack/simulator.ts";
import { SlackError } from "../slack/slack-error.ts";
import type { World } from "../world/world.ts";
import { Fault } from "./faults.ts";
import { mountGithubControl } from "./github-routes.ts";
import { mountSlackControl } from "./slack-routes.ts";

export interface Simulators {
  world: World;
  slack: SlackSimulator;
  github: GithubSimulator;
  model: ModelSimulator;
}

const ClockMove = z.union([
  z.strictObject({ freeze: z.boolean() }),
  z.strictObject({ advance: z.string().regex(/^\d+(ms|s|m|h|d)$/) }),
  z.strictObject({ set: z.iso.datetime() }),
]);
const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const Wait = z.strictObject({
  /** A state query, such as `/_sim/slack/thread/C1/1.2`. */
  query: z.string().startsWith("/_sim/"),
  /** The text that the answer must contain, or `/pattern/`. */
  until: z.string().min(1),
  timeoutMs: z.number().int().min(1).max(120_000).default(30_000),
});
const POLL_MS = 25;

function moveClock({ clock }: World, move: z.infer<typeof ClockMove>): void {
  if ("freeze" in move) clock.freeze(move.freeze);
  else if ("set" in move) clock.set(Date.parse(move.set));
  else {
    const [, amount = "0", unit = "ms"] = /^(\d+)([a-z]+)$/.exec(move.advance) ?? [];
    clock.advance(Number(amount) * (UNIT_MS[unit] ?? 1));
  }
}

function isThere(text: string, until: string): boolean {
  const pattern = /^\/(.*)\/$/s.exec(until);
  return pattern === null ? text.includes(until) : new RegExp(pattern[1] ?? "", "s").test(text);
}

function mountWorldRoutes(server: FastifyInstance, { world, slack }: Simulators): void {
  const { traffic, faults, clock } = world;
  server.get("/_sim/health", () => ({
    status: "ok",
    names: ["slack", "github", "model", "mcp"],
    violations: traffic.violations().length,
  }));
  server.get("/_sim/violations", () => traffic.violations());
  server.get("/_sim/invariants", () => ({ broken: doubledMessages(slack.workspace) }));
  server.get("/_sim/faults", () => faults.list());
  server.put("/_sim/faults", (request) => {
    faults.plan(z.array(Fault).parse(request.body));
    return faults.list();
  });
  server.delete("/_sim/faults", () => {
    faults.plan([]);
    return [];
  });
  server.get("/_sim/clock", () => ({ now: new Date(clock.now()).toISOString() }));
  server.post("/_sim/clock", (request) => {
    moveClock(world, ClockMove.parse(request.body));
    return { now: new Date(clock.now()).toISOString() };
  });
  server.get("/_sim/traffic", (request, reply) => {
    const Query = z.object({
      since: z.coerce.number().optional(),
      sim: z.string().optional(),
      match: z.string().optional(),
    });
    const lines = traffic.list(Query.parse(request.query)).map((entry) => JSON.stringify(entry));
    return reply.type("application/x-ndjson").send(lines.join("\n"));
  });
  server.post("/_sim/wait", async (request, reply) => {
    const { query, until, timeoutMs } = Wait.parse(request.body);
    const end = performance.now() + timeoutMs;
    for (;;) {
      const { body } = await server.inject({ method: "GET", url: query });
      if (isThere(body, until)) return reply.type("application/json").send(body);
      if (performance.now() > end) return reply.code(408).type("application/json").send(body);
      await pause(POLL_MS);
    }
  });
}

const Which = z.looseObject({ sim: z.enum(["slack", "github"]) });

function mountActs(server: FastifyInstance, { slack, github }: Simulators): void {
  server.post("/_sim/act", async (request, reply) => {
    try {
      if (Which.parse(request.body).sim === "github") return await github.perform(GithubAct.parse(request.body));
      return await perform(slack, SlackAct.parse(request.body));
    } catch (err) {
      if (err instanceof SlackError) return reply.code(409).send({ error: err.code });
      if (err instanceof GithubRefusal) return reply.code(409).send({ error: err.message });
      throw err;
    }
  });
}

function mountModelRoutes(server: FastifyInstance, { model }: Simulators): void {
  server.put("/_sim/model/scenarios", (request) => {
    const Body = z.strictObject({ yaml: z.string(), keepsDemos: z.boolean().default(true) });
    const { yaml, keepsDemos } = Body.parse(request.body);
    const scenarios = parseScenarios(yaml);
    model.setScenarios(scenarios, keepsDemos);
    return { scenarios: scenarios.map(({ scenario }) => scenario) };
  });
  server.get("/_sim/model/requests", () => model.requests());
}

/** Mounts everything under `/_sim`; what does not parse is the caller's fault. */
export function mountControl(server: FastifyInstance, simulators: Simulators): void {
  mountWorldRoutes(server, simulators);
  mountActs(server, simulators);
  mountSlackControl(server, simulators.slack);
  mountGithubControl(server, simulators.github);
  mountModelRoutes(server, simulators);
}
