/** The API as one child of gh sees it: plain HTTP on the call's own socket, judged request by request, forwarded over TLS. */
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";

import type { Log } from "@thor/kit/flow/log";
import { Kind, OperationTypeNode, parse } from "graphql";
import { Agent, request as send, type Dispatcher } from "undici";
import { z } from "zod";

import { brokerFault, type BrokerScope } from "../core/gh/broker.ts";
import { GH_API_HOST } from "../core/gh/environment.ts";
import { limitedTo } from "./limited-stream.ts";
import { judgeTarget, pinnedTo, type Target } from "./public-target.ts";

type Minted = { kind: "token"; token: string } | { kind: "failed"; text: string };

interface BrokerOptions {
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
  method: Dispatcher.HttpMethod;
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
const Method = z.enum(["GET", "HEAD", "POST", "PATCH", "PUT", "DELETE"]);
const Document = z.object({ query: z.string() });

/** The fields at the root of every mutation of a document. */
function mutationsIn(body: Buffer): string[] | undefined {
  try {
    const { definitions } = parse(Document.parse(JSON.parse(body.toString("utf8"))).query);
    return definitions.flatMap((definition) => {
      const isChange =
        definition.kind === Kind.OPERATION_DEFINITION && definition.operation !== OperationTypeNode.QUERY;
      if (!isChange) return [];
      return definition.selectionSet.selections.map((field) =>
        field.kind === Kind.FIELD ? field.name.value : field.kind,
      );
    });
  } catch {
    return undefined;
  }
}

async function readAsked(request: IncomingMessage): Promise<Asked> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk);
    chunks.push(bytes);
    size += bytes.length;
    if (size > MAX_REQUEST_BYTES) throw new Error("the request is too large");
  }
  const given = REQUEST_HEADERS.map((name) => [name, request.headers[name]] as const);
  return {
    method: Method.parse(request.method),
    url: new URL(request.url ?? "/", `https://${request.headers.host ?? GH_API_HOST}`),
    headers: Object.fromEntries(given.flatMap(([name, value]) => (typeof value === "string" ? [[name, value]] : []))),
    body: Buffer.concat(chunks),
  };
}

function refuse(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify({ message }));
}

/** Which addresses are the API's, and where they are asked. */
function createAddresses(apiUrl: string) {
  const api = new URL(apiUrl);
  const base = api.pathname.replace(/\/$/, "");
  const graphqlUrl = base.endsWith("/v3") ? `${api.origin}${base.replace(/v3$/, "graphql")}` : `${apiUrl}/graphql`;
  return {
    host: api.host,
    /** The path below the API's base, when the address is the API's. */
    pathOf: ({ host, pathname }: URL): string | undefined => {
      if (host === GH_API_HOST) return pathname;
      return host === api.host && pathname.startsWith(`${base}/`) ? pathname.slice(base.length) : undefined;
    },
    urlOf: (path: string, { search }: URL) => (path === "/graphql" ? graphqlUrl : `${apiUrl}${path}${search}`),
  };
}

/** What one call does with the answers of the git host; addresses that it redirected to may be fetched once each. */
function createForwarding({ token, maxResponseBytes, signal }: BrokerCall, dispatcher: Dispatcher) {
  const redirects = new Set<string>();
  const ids = new Set<string>();
  const ask = (
    url: string,
    { method, headers, body }: Asked,
    { by = dispatcher, ...more }: { by?: Dispatcher; authorization?: string } = {},
  ) =>
    send(url, {
      method,
      headers: { ...headers, ...more },
      body: body.length === 0 ? null : body,
      dispatcher: by,
      signal,
      headersTimeout: TIMEOUT_MS,
      bodyTimeout: TIMEOUT_MS,
    });
  const answer = async (from: Dispatcher.ResponseData, response: ServerResponse): Promise<void> => {
    const headers = Object.entries(from.headers).filter(([name]) => RESPONSE_HEADERS.test(name));
    const { location } = from.headers;
    if (from.statusCode >= 300 && from.statusCode < 400 && typeof location === "string") redirects.add(location);
    for (const [, id = ""] of String(from.headers["link"] ?? "").matchAll(/\/repositories\/(\d+)[/?>]/g)) ids.add(id);
    response.writeHead(from.statusCode, Object.fromEntries(headers));
    await pipeline(from.body, limitedTo(maxResponseBytes), response);
  };
  return {
    ids,
    isRedirect: ({ href }: URL) => redirects.delete(href),
    withoutCredential: async (asked: Asked, target: Exclude<Target, { kind: "refused" }>, response: ServerResponse) => {
      if (target.kind === "known") return answer(await ask(asked.url.href, asked), response);
      const by = new Agent({ connect: { lookup: pinnedTo(target.addresses) } });
      try {
        await answer(await ask(asked.url.href, asked, { by }), response);
      } finally {
        await by.destroy();
      }
    },
    withToken: async (url: string, asked: Asked, response: ServerResponse): Promise<void> => {
      for (const isRejected of [false, true]) {
        const minted = await token(isRejected);
        if (minted.kind === "failed") return refuse(response, 403, minted.text);
        const from = await ask(url, asked, { authorization: `Bearer ${minted.token}` });
        if (from.statusCode !== 401 || isRejected) return answer(from, response);
        await from.body.dump();
      }
    },
  };
}

function createBroker({ apiUrl, host, log }: BrokerOptions, call: BrokerCall, dispatcher: Dispatcher) {
  const addresses = createAddresses(apiUrl);
  const forwarding = createForwarding(call, dispatcher);

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const asked = await readAsked(request);
    const { method, url } = asked;
    const path = addresses.pathOf(url);
    if (path === undefined) {
      const isIssued = method === "GET" && forwarding.isRedirect(url);
      const target = isIssued ? await judgeTarget(url, [host, addresses.host]) : { kind: "refused" as const };
      if (target.kind !== "refused") return forwarding.withoutCredential(asked, target, response);
    }
    const mutations = path === "/graphql" ? mutationsIn(asked.body) : undefined;
    const fault =
      path === undefined
        ? "this is not the API"
        : brokerFault({ method, path, mutations, ids: forwarding.ids }, call.scope);
    if (fault === undefined && path !== undefined) {
      log.debug({ event: "broker_forwarded", verdict: "forwarded", method }, "a request of gh was forwarded");
      return forwarding.withToken(addresses.urlOf(path, url), asked, response);
    }
    log.warn(
      { event: "broker_denied", verdict: "denied", method, host: url.host, path: url.pathname, fault },
      "gh asked for too much",
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
