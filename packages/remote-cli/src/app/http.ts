/** The wiring of the edge: routes, limits, and who may enter. */
import { INTERNAL_SECRET_HEADER } from "@thor/domain/headers";
import { addMetrics } from "@thor/kit/metrics";
import { createServer, hasSecret } from "@thor/kit/server";
import { systemClock } from "@thor/kit/system-clock";
import type { FastifyInstance, FastifyRequest } from "fastify";

import { createTokenCheck } from "../adapters/session-tokens.ts";
import { busy, failure } from "../core/exec-result.ts";
import { rejectionRecord } from "../flows/audit-record.ts";
import { createCallGate } from "../flows/call-gate.ts";
import { createResolveCaller } from "../flows/resolve-caller.ts";
import { createRunCommand, type Decide } from "../flows/run-command.ts";
import { createRunningCalls, type RunningCalls } from "../flows/running-calls.ts";
import { addApproval } from "../http/approval.ts";
import { callIdOf } from "../http/call-id.ts";
import { addExec, type ExecDeps } from "../http/exec.ts";
import { addHealth, addInternal } from "../http/internal.ts";
import type { createApprovalSide } from "./approvals.ts";
import type { createMcpSide } from "./mcp.ts";
import type { Parts } from "./parts.ts";

const BODY_LIMIT = 10 * 1024 * 1024;

/** What Prometheus may read. */
function meter(server: FastifyInstance, { config, metrics }: Parts, running: RunningCalls): void {
  metrics.watchRequests(server);
  metrics.gauge("inflight", {
    help: "Calls in hand",
    label: "tool",
    read: () => Promise.resolve(running.byTool()),
  });
  const isInternal = (request: FastifyRequest) => hasSecret(request, INTERNAL_SECRET_HEADER, config.secrets.accepted);
  addMetrics(server, { metrics, token: config.metricsToken, isInternal });
}

/** Who may enter, and what is noted about those who may not. */
function createDoor({ config, log, audit }: Parts): Pick<ExecDeps, "isToken" | "noteRejected" | "noteRefused"> {
  return {
    isToken: createTokenCheck(config.secrets.accepted),
    noteRejected: async (requestId) => {
      log.warn({ event: "auth_rejected", reason: "unauthorized", requestId }, "a call without a valid token");
      await audit.note(rejectionRecord(requestId));
    },
    noteRefused: async ({ rule, status }, { sessionId, requestId, tool }) => {
      const event = rule.replace(".", "_");
      log.warn({ event, reason: event, status, sessionId }, "a session may not act now");
      await audit.note({
        ...rejectionRecord(requestId),
        event: "exec_denied",
        actor: sessionId,
        sessionId,
        target: tool,
        rule,
      });
    },
  };
}

interface Sides {
  mcp: Awaited<ReturnType<typeof createMcpSide>>;
  approvals: ReturnType<typeof createApprovalSide>;
}

/** The routes, and the calls that are running behind them. */
export function createHttp(parts: Parts, tools: Readonly<Record<string, Decide>>, { mcp, approvals }: Sides) {
  const { log, ledger, view, audit, heldSecrets } = parts;
  const { secrets } = parts.config;
  const running = createRunningCalls();
  const gate = createCallGate({
    runningPerSession: 8,
    longPerSession: 2,
    waitingPerSession: 16,
    waitMs: 30_000,
    runningInAll: 64,
  });
  const runCommand = createRunCommand({
    log,
    clock: systemClock,
    gate,
    audit,
    heldSecrets,
    requestApproval: approvals.request,
  });
  const profiles = () => view.current().admission;
  let isStopping = false;
  const server = createServer({
    log,
    bodyLimitBytes: BODY_LIMIT,
    requestIdOf: callIdOf,
    faultBody: ({ status, error, requestId }) => failure(status >= 500 ? `Internal error. callId=${requestId}` : error),
  });
  server.removeContentTypeParser("text/plain");
  server.addHook("onRequest", async (request, reply) => {
    if (isStopping && request.method === "POST") await reply.code(503).send(busy("remote-cli is stopping; try again"));
  });
  addHealth(server, secrets.accepted, mcp.health);
  meter(server, parts, running);
  const common = {
    resolve: createResolveCaller({ ...ledger, clock: systemClock, profiles }),
    runCommand,
    running,
    tools,
  };
  const exec: ExecDeps = { ...createDoor(parts), ...common };
  addExec(server, exec);
  addApproval(server, { ...exec, secrets: secrets.accepted, ...approvals });
  addInternal(server, {
    ...common,
    secrets: secrets.accepted,
    redeliverUntaken: parts.github.redeliverUntaken,
    steer: approvals.steer,
  });
  return { server, running, stopTaking: () => void (isStopping = true) };
}
