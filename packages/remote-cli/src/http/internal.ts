/** The routes of Thor's own services, behind the internal secret. */
import { ApprovalSteering } from "@thor/domain/approval";
import { Args } from "@thor/domain/exec";
import { INTERNAL_SECRET_HEADER } from "@thor/domain/headers";
import { hasSecret, secretHook } from "@thor/kit/server";
import type { FastifyInstance } from "fastify";
import { z } from "zod";

import type { Call } from "../core/call.ts";
import { busy, failure } from "../core/exec-result.ts";
import { explanationOf } from "../core/explanation.ts";
import type { Steer } from "../flows/approval/steer.ts";
import type { Resolved } from "../flows/resolve-caller.ts";
import type { Decide, RunCommand } from "../flows/run-command.ts";
import type { RunningCalls } from "../flows/running-calls.ts";
import { abortOnClose, malformed } from "./exec.ts";
import { UNAUTHORIZED } from "./session-scope.ts";

export interface InternalDeps {
  secrets: readonly string[];
  resolve: (sessionId: string) => Promise<Resolved>;
  runCommand: RunCommand;
  running: RunningCalls;
  tools: Readonly<Record<string, Decide>>;
  redeliverUntaken: (since: number) => Promise<number | undefined>;
  steer: Steer;
}

/** What Thor's own services may start here. */
const INTERNAL_TOOLS: ReadonlySet<string> = new Set(["git", "gh"]);

const InternalExec = z.strictObject({ bin: z.string().max(64), args: Args, cwd: z.string().max(4096) });
const Cancel = z.strictObject({ sessionId: z.string().min(1).max(128) });
const Redeliver = z.strictObject({ since: z.number().int().min(0) });
const DecideRequest = z.strictObject({
  tool: z.string().max(64),
  args: Args,
  cwd: z.string().max(4096).optional(),
  stdin: z.string().optional(),
  sessionId: z.string().min(1).max(128),
});

function addDecide(scope: FastifyInstance, deps: InternalDeps): void {
  scope.post("/internal/decide", async (request, reply) => {
    const body = DecideRequest.safeParse(request.body);
    if (!body.success) return reply.code(400).send(malformed(body.error));
    const { tool, sessionId, ...asked } = body.data;
    const decide = deps.tools[tool];
    if (decide === undefined) return reply.code(400).send(failure(`unknown tool ${tool}`));
    const resolved = await deps.resolve(sessionId);
    if (resolved.kind === "refused") return { decision: "deny", rule: resolved.rule, message: resolved.text };
    const decision = await decide({ id: request.id, tool, caller: resolved.caller, ...asked });
    if (decision.kind === "run" || decision.kind === "ask") await decision.close();
    return explanationOf(decision);
  });
}

function addInternalExec(scope: FastifyInstance, deps: InternalDeps): void {
  scope.post("/internal/exec", async (request, reply) => {
    const body = InternalExec.safeParse(request.body);
    if (!body.success) return reply.code(400).send(malformed(body.error));
    const { bin, args, cwd } = body.data;
    const decide = INTERNAL_TOOLS.has(bin) ? deps.tools[bin] : undefined;
    if (decide === undefined) return reply.code(400).send(failure(`${bin}: not available here`));
    const call: Call = { id: request.id, tool: bin, caller: { kind: "service" }, args, cwd };
    const abort = abortOnClose(reply);
    const watch = { signal: abort.signal, onStart: () => undefined, onOutput: () => undefined };
    const { status, result } = await deps.running.track({ lineage: [], abort, tool: bin }, () =>
      deps.runCommand(decide, call, watch),
    );
    return reply.code(status).send(result);
  });
}

/** Adds the secret routes; a session's token opens none of them. */
export function addInternal(server: FastifyInstance, deps: InternalDeps): void {
  void server.register(async (scope) => {
    scope.addHook("onRequest", secretHook(INTERNAL_SECRET_HEADER, deps.secrets, UNAUTHORIZED));
    addInternalExec(scope, deps);
    addDecide(scope, deps);
    scope.post("/internal/github/redeliver", async (request, reply) => {
      const body = Redeliver.safeParse(request.body);
      if (!body.success) return reply.code(400).send(malformed(body.error));
      const redelivered = await deps.redeliverUntaken(body.data.since);
      return redelivered === undefined ? reply.code(502).send({ error: "github_unavailable" }) : { redelivered };
    });
    scope.post("/internal/approval", async (request, reply) => {
      const body = ApprovalSteering.safeParse(request.body);
      if (!body.success) return reply.code(400).send(malformed(body.error));
      const steered = await deps.steer(body.data);
      return steered.kind === "again" ? reply.code(503).send(busy("the store is unavailable; ask again")) : steered;
    });
    scope.post("/internal/cancel", async (request, reply) => {
      const body = Cancel.safeParse(request.body);
      if (!body.success) return reply.code(400).send(malformed(body.error));
      return { cancelled: deps.running.cancel(body.data.sessionId) };
    });
  });
}

export interface McpHealth {
  configured: number;
  connected: number;
  connectedTargets: readonly string[];
  instances: Readonly<Record<string, { connected: boolean; tools: number }>>;
}

/** Anybody may know that the service is up; the rest is for holders of the secret. */
export function addHealth(server: FastifyInstance, secrets: readonly string[], mcpHealth: () => McpHealth): void {
  server.get("/health", (request) => {
    const plain = { status: "ok", service: "remote-cli" };
    return hasSecret(request, INTERNAL_SECRET_HEADER, secrets) ? { ...plain, mcp: mcpHealth() } : plain;
  });
}
