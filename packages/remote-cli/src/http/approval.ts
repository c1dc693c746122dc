/** `POST /exec/approval`: the agent looks with its session's token, people's decisions come with the internal secret. */
import { ApprovalDecision } from "@thor/domain/approval";
import { ExecRequest } from "@thor/domain/exec";
import { INTERNAL_SECRET_HEADER } from "@thor/domain/headers";
import { hasSecret } from "@thor/kit/server";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

import { busy, failure } from "../core/exec-result.ts";
import type { TakeDecision } from "../flows/approval/take-decision.ts";
import type { Decide } from "../flows/run-command.ts";
import { addRoute, malformed, type ExecDeps } from "./exec.ts";
import { isProvenSession, UNAUTHORIZED } from "./session-scope.ts";

export interface ApprovalRouteDeps extends ExecDeps {
  secrets: readonly string[];
  takeDecision: TakeDecision;
  look: Decide;
}

/** What people decide; an agent that tries gets the answer of somebody without a token. */
const DECISIONS: ReadonlySet<unknown> = new Set(["resolve", "more", "edit", "revoke"]);

const firstWord = ({ body }: FastifyRequest): unknown => ExecRequest.safeParse(body).data?.args[0];

async function decide(deps: ApprovalRouteDeps, request: FastifyRequest, reply: FastifyReply) {
  const body = ApprovalDecision.safeParse(request.body);
  if (!body.success) return reply.code(400).send(malformed(body.error));
  const taken = await deps.takeDecision(body.data);
  if (taken.kind === "again") return reply.code(503).send(busy(`${taken.why}; ask again`));
  const { answer } = taken;
  const stdout = `${JSON.stringify(answer)}\n`;
  return {
    stdout,
    stderr: answer.kind === "refused" ? `${answer.text}\n` : "",
    exitCode: answer.kind === "refused" ? 1 : 0,
  };
}

/** Both credentials enter here, each for its own half. */
export function addApproval(server: FastifyInstance, deps: ApprovalRouteDeps): void {
  const isService = (request: FastifyRequest) => hasSecret(request, INTERNAL_SECRET_HEADER, deps.secrets);
  void server.register(async (scope) => {
    scope.addHook("onRequest", async (request, reply) => {
      if (isService(request) || isProvenSession(request, deps)) return;
      await deps.noteRejected(request.id);
      await reply.code(401).send(UNAUTHORIZED);
    });
    scope.addHook("preHandler", async (request, reply) => {
      if (isService(request))
        return decide(deps, request, reply).then((sent) => (reply.sent ? undefined : reply.send(sent)));
      if (!DECISIONS.has(firstWord(request))) return undefined;
      await deps.noteRejected(request.id);
      return reply.code(401).send(failure("Unauthorized"));
    });
    addRoute(scope, deps, {
      tool: "approval",
      schema: ExecRequest,
      decide: deps.look,
      streams: "never",
      failedStatus: 200,
      deniedStatus: 200,
    });
  });
}
