/** Who may enter: a session with its own token, told apart before the body is read. */
import { SESSION_ID_HEADER, SESSION_TOKEN_HEADER } from "@thor/domain/headers";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

import { failure } from "../core/exec-result.ts";

export interface SessionScopeDeps {
  isToken: (sessionId: string, token: string) => boolean;
  noteRejected: (requestId: string) => Promise<void>;
}

export const UNAUTHORIZED = failure("Unauthorized");

const header = (request: FastifyRequest, name: string) => {
  const value = request.headers[name];
  return typeof value === "string" ? value : "";
};

/** The session that a request of this scope has proven to be. */
export const sessionIdOf = (request: FastifyRequest) => header(request, SESSION_ID_HEADER);

/** Whether a request carries the token of the session it names. */
export const isProvenSession = (request: FastifyRequest, { isToken }: Pick<SessionScopeDeps, "isToken">) =>
  isToken(sessionIdOf(request), header(request, SESSION_TOKEN_HEADER));

/** Refuses a missing, malformed or forged token with one and the same answer. */
export function addSessionHook(scope: FastifyInstance, deps: SessionScopeDeps): void {
  scope.addHook("onRequest", async (request: FastifyRequest, reply: FastifyReply) => {
    if (isProvenSession(request, deps)) return;
    await deps.noteRejected(request.id);
    await reply.code(401).send(UNAUTHORIZED);
  });
}
