/** One address for people, as the ingress is in production: it says who asks, and nobody else can. */
import proxy from "@fastify/http-proxy";
import { fastify, type FastifyInstance, type FastifyRequest } from "fastify";

import { landingPage } from "./landing.ts";

export interface FrontDoorOptions {
  port: number;
  adminUrl: string;
  runnerUrl: string;
  simUrl: string;
  secret: string;
}

const IDENTITY = { "x-vouch-user": "you@localhost.local", "x-thor-role": "admin" };
/** What a browser may never say itself. */
const OURS = /^(x-vouch-|x-thor-|remote-user|x-forwarded-|forwarded$)/;

/** A page of another site, or another name for this machine, gets nothing. */
export function refusalOf(request: Pick<FastifyRequest, "method" | "hostname" | "headers">): string | undefined {
  if (!/^(localhost|127\.0\.0\.1)$/.test(request.hostname)) return "unknown_host";
  const isRead = request.method === "GET" || request.method === "HEAD";
  const site = request.headers["sec-fetch-site"];
  if (!isRead && site !== undefined && site !== "same-origin" && site !== "none") return "cross_site";
  return undefined;
}

/** The headers that go on: the browser's own without anything that claims an identity, then ours. */
export function forwardedHeaders(headers: FastifyRequest["headers"], secret: string): FastifyRequest["headers"] {
  const kept = Object.entries(headers).filter(([name]) => !OURS.test(name.toLowerCase().replaceAll("_", "-")));
  return { ...Object.fromEntries(kept), ...IDENTITY, "x-thor-internal-secret": secret };
}

export async function startFrontDoor(options: FrontDoorOptions): Promise<FastifyInstance> {
  const { port, secret, simUrl } = options;
  const server = fastify({ logger: false, forceCloseConnections: true });
  server.addHook("onRequest", async (request, reply) => {
    const refusal = refusalOf(request);
    if (refusal !== undefined) await reply.code(403).send({ error: refusal });
    else if (request.hostname === "127.0.0.1") await reply.redirect(`http://localhost:${port}${request.url}`, 308);
  });
  const mount = (prefix: string, upstream: string) =>
    server.register(proxy, {
      upstream,
      prefix,
      rewritePrefix: prefix,
      replyOptions: { rewriteRequestHeaders: (_request, headers) => forwardedHeaders(headers, secret) },
    });
  await mount("/admin", options.adminUrl);
  await mount("/runner", options.runnerUrl);
  server.get("/slack", (_request, reply) => reply.redirect(`${simUrl}/slack`));
  server.get("/github", (_request, reply) => reply.redirect(`${simUrl}/github`));
  server.get("/", (_request, reply) => {
    const policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'";
    return reply.header("content-security-policy", policy).type("text/html; charset=utf-8").send(landingPage(simUrl));
  });
  await server.listen({ port, host: "127.0.0.1" });
  return server;
}
