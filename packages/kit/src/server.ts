/** A Fastify server with the limits, the error answers and the secret scope that every service shares. */
import { randomUUID } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";

import { fastify, type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";

import { isSameSecret } from "./derived-key.ts";
import type { Log } from "./flow/log.ts";

/** What the caller is told about a failed request. */
interface RequestFault {
  status: number;
  /** For 4xx what the caller did wrong; for 5xx nothing of ours. */
  error: string;
  requestId: string;
  /** The limit that a body was over, in bytes. */
  limit?: number | undefined;
}

export interface ServerOptions {
  log: Log;
  bodyLimitBytes: number;
  /** The name that a request brings along, if it has a good one; others get one of ours. */
  requestIdOf?: (headers: IncomingHttpHeaders) => string | undefined;
  /** The body of a failed request; by default `{error, requestId?}`. */
  faultBody?: (fault: RequestFault) => unknown;
}

const plainFault = ({ status, error, requestId, limit }: RequestFault) =>
  status >= 500 ? { error, requestId } : { error, limit };

function faultOf(error: FastifyError, requestId: string, limit: number): RequestFault {
  const status = error.statusCode ?? 500;
  if (status === 413) return { status, error: "body_too_large", requestId, limit };
  return status >= 500
    ? { status: 500, error: "internal_error", requestId }
    : { status, error: error.message, requestId };
}

/** Creates a server; routes are added by the caller before `listen`. */
export function createServer({
  log,
  bodyLimitBytes,
  requestIdOf,
  faultBody = plainFault,
}: ServerOptions): FastifyInstance {
  const server = fastify({
    bodyLimit: bodyLimitBytes,
    genReqId: ({ headers }) => requestIdOf?.(headers) ?? randomUUID(),
    logger: false,
    requestTimeout: 10_000,
    forceCloseConnections: true,
    routerOptions: { ignoreTrailingSlash: true },
  });
  server.server.headersTimeout = 5000;
  server.server.maxConnections = 1000;
  server.setErrorHandler((error: FastifyError, request, reply) => {
    const fault = faultOf(error, request.id, request.routeOptions.bodyLimit ?? bodyLimitBytes);
    if (fault.status >= 500)
      log.error({ event: "request_failed", requestId: request.id, err: error }, "request failed");
    return reply.code(fault.status).send(faultBody(fault));
  });
  server.setNotFoundHandler((request, reply) =>
    reply.code(404).send(faultBody({ status: 404, error: "not_found", requestId: request.id })),
  );
  return server;
}

/** Hands bodies to routes as the raw bytes that were signed, whatever their content type. */
export function keepRawBody(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
}

/** Whether a request carries one of the internal secrets, compared in constant time. */
export function hasSecret(request: FastifyRequest, header: string, secrets: readonly string[]): boolean {
  const given = request.headers[header];
  return typeof given === "string" && secrets.some((secret) => isSameSecret(given, secret));
}

/** A hook that refuses a request without the secret before its body is read. */
export function secretHook(header: string, secrets: readonly string[], refusal: unknown = { error: "unauthorized" }) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    if (!hasSecret(request, header, secrets)) await reply.code(401).send(refusal);
  };
}
