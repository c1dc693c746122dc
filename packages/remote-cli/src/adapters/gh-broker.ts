/** The API as one child of gh sees it: plain HTTP on the call's own socket, judged request by request, forwarded over TLS. */
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";

import type { Log } from "@thor/kit/flow/log";
import { Kind, parse } from "graphql";
import { Agent, request as send, type Dispatcher } from "undici";
import { z } from "zod";

import { brokerFault, type BrokerScope } from "../core/gh/broker.ts";
import { GH_API_HOST } from "../core/gh/environment.ts";
import { limitedTo } from "./limited-stream.ts";
import { isPublicTarget } from "./public-target.ts";

type Minted = { kind: "token"; token: string } | { kind: "failed"; text: string };

export interface BrokerOptions {
  apiUrl: string;
  host: string;
  caFile?: string | undefined;
  log: Log;
}
interface BrokerCall {
  directory: string;
  scope: BrokerScope;
  token: (isRejected: boolean) => Promise<Minted>;
  maxResponseBytes: number;
  signal: AbortSignal;
}
interface Asked {
  method: string;
  url: URL;
  headers: Record<string, string>;
  body: Buffer;
}

const MAX_REQUEST_BYTES = 1024 * 1024;
const TIMEOUT_MS = 60_000;
const REQUEST_HEADERS = [
  "accept",
  "content-type",
  "graphql-features",
  "if-none-match",
  "user-agent",
  "x-github-api-version",
];
const RESPONSE_HEADERS = /^(content-type|etag|last-modified|link|location|retry-after|x-[a-z-]+|github-[a-z-]+)$/;
const Document = z.object({ query: z.string() });

/** The fields at the root of every mutation of a document. */
function mutationsIn(body: Buffer): string[] | undefined {
  try {
    const { definitions } = parse(Document.parse(JSON.parse(body.toString("utf8"))).query);
    return definitions.flatMap((definition) => {
      if (definition.kind !== Kind.OPERATION_DEFINITION || definition.operation === "query") return [];
      return definition.selectionSet.selections.map((field) =>
        field.kind === Kind.FIELD ? field.name.value : field.kind,
      );
    });
  } catch {
    return undefined;
  }
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    chunks.push(Buffer.from(chunk));
    size += chunks.at(-1)?.length ?? 0;
    if (size > MAX_REQUEST_BYTES) throw new Error("the request is too large");
  }
  return Buffer.concat(chunks);
}

function headersOf(request: IncomingMessage): Record<string, string> {
  const given = REQUEST_HEADERS.map((name) => [name, request.headers[name]] as const);
  return Object.fromEntries(given.flatMap(([name, value]) => (typeof value === "string" ? [[name, value]] : [])));
}

function refuse(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify({ message }));
}

/** One server for one call; the addresses that the git host redirected this call to may be fetched once each. */
function createBroker(options: BrokerOptions, call: BrokerCall, dispatcher: Dispatcher) {
  const { apiUrl, host, log } = options;
  const { scope, token, maxResponseBytes, signal } = call;
  const api = new URL(apiUrl);
  const base = api.pathname.replace(/\/$/, "");
  const graphqlUrl = base.endsWith("/v3") ? `${api.origin}${base.replace(/v3$/, "graphql")}` : `${apiUrl}/graphql`;
  const redirects = new Set<string>();

  /** The path below the API's base, when the address is the API's. */
  const pathOf = ({ host: asked, pathname }: URL): string | undefined => {
    if (asked === GH_API_HOST) return pathname === "/" ? "/" : pathname;
    return asked === api.host && pathname.startsWith(`${base}/`) ? pathname.slice(base.length) : undefined;
  };

  const ask = (url: string, { method, headers, body }: Asked, authorization?: string) =>
    send(url, {
      method:
        method === "HEAD"
          ? "HEAD"
          : method === "GET"
            ? "GET"
            : z.enum(["POST", "PATCH", "PUT", "DELETE"]).parse(method),
      headers: { ...headers, ...(authorization === undefined ? {} : { authorization }) },
      body: body.length === 0 ? null : body,
      dispatcher,
      signal,
      headersTimeout: TIMEOUT_MS,
      bodyTimeout: TIMEOUT_MS,
    });

  const answer = async (from: Dispatcher.ResponseData, response: ServerResponse): Promise<void> => {
    const headers = Object.entries(from.headers).filter(([name]) => RESPONSE_HEADERS.test(name));
    const { location } = from.headers;
    if (from.statusCode >= 300 && from.statusCode < 400 && typeof location === "string") redirects.add(location);
    response.writeHead(from.statusCode, Object.fromEntries(headers));
    await pipeline(from.body, limitedTo(maxResponseBytes), response);
  };

  const forward = async (asked: Asked, path: string, response: ServerResponse): Promise<void> => {
    const url = path === "/graphql" ? graphqlUrl : `${apiUrl}${path}${asked.url.search}`;
    for (const isRejected of [false, true]) {
      const minted = await token(isRejected);
      if (minted.kind === "failed") return refuse(response, 403, minted.text);
      const from = await ask(url, asked, `Bearer ${minted.token}`);
      if (from.statusCode !== 401 || isRejected) return answer(from, response);
      await from.body.dump();
    }
  };

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = "GET" } = request;
    const url = new URL(request.url ?? "/", `https://${request.headers.host ?? GH_API_HOST}`);
    const asked = { method, url, headers: headersOf(request), body: await readBody(request) };
    const path = pathOf(url);
    if (
      path === undefined &&
      redirects.delete(url.href) &&
      method === "GET" &&
      (await isPublicTarget(url, [host, api.host]))
    )
      return answer(await ask(url.href, asked), response);
    const mutations = path === "/graphql" ? mutationsIn(asked.body) : undefined;
    const fault = path === undefined ? "this is not the API" : brokerFault({ method, path, mutations }, scope);
    if (fault === undefined && path !== undefined) return forward(asked, path, response);
    log.warn(
      { event: "broker_denied", method, host: url.host, path: url.pathname, fault },
      "a request of gh was refused",
    );
    return refuse(response, 403, `Thor does not allow this request: ${fault ?? ""}`);
  };

  return createServer((request, response) => {
    serve(request, response).catch((err: unknown) => {
      log.warn({ event: "broker_failed", err }, "a request of gh failed");
      if (response.headersSent) response.destroy();
      else refuse(response, 502, "the git host cannot be reached");
    });
  });
}

/** Opens the socket of a call; closing it ends every connection. */
export function createOpenBroker(options: BrokerOptions) {
  const dispatcher = new Agent(options.caFile === undefined ? {} : { connect: { ca: readFileSync(options.caFile) } });
  return async (call: BrokerCall) => {
    const path = join(call.directory, "api.sock");
    const server = createBroker(options, call, dispatcher);
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(path, resolve);
    });
    const close = () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    return { path, close };
  };
}
