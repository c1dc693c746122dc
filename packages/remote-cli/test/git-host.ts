/** A git host of our own: real git over TLS, App tokens, and a record of what was asked of it. */
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

import { onTestFinished } from "vitest";

interface Mint {
  token: string;
  body: { repositories: string[]; permissions: Record<string, string> };
}
const ENV = { PATH: process.env["PATH"] ?? "", HOME: "/nonexistent", GIT_CONFIG_NOSYSTEM: "1" };
const AUTHOR = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"];

/** Runs git as a developer would, outside Thor. */
export const plainGit = (cwd: string, ...argv: string[]) =>
  execFileSync("git", [...AUTHOR, ...argv], { cwd, env: ENV, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

const bodyOf = async (request: IncomingMessage) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
};

async function serveGit(root: string, request: IncomingMessage, response: ServerResponse) {
  const url = new URL(request.url ?? "", "https://localhost");
  const backend = spawn("git", ["http-backend"], {
    env: {
      ...ENV,
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: "1",
      REMOTE_USER: "app",
      PATH_INFO: url.pathname,
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method ?? "GET",
      CONTENT_TYPE: request.headers["content-type"] ?? "",
      HTTP_CONTENT_ENCODING: request.headers["content-encoding"] ?? "",
      GIT_PROTOCOL: String(request.headers["git-protocol"] ?? ""),
    },
  });
  // A backend that only reads the request line is gone before its empty body is written.
  backend.stdin.on("error", () => undefined).end(await bodyOf(request));
  const chunks: Buffer[] = [];
  for await (const chunk of backend.stdout) chunks.push(Buffer.from(chunk));
  const all = Buffer.concat(chunks);
  const split = all.indexOf("\r\n\r\n");
  const lines = all
    .subarray(0, split)
    .toString()
    .split("\r\n")
    .map((line) => line.split(": "));
  const status = lines.find(([name]) => name === "Status")?.[1]?.slice(0, 3) ?? "200";
  response.writeHead(
    Number(status),
    lines.flatMap(([name = "", value = ""]) => (name === "Status" ? [] : [name, value])),
  );
  response.end(all.subarray(split + 4));
}

/** Starts the host with one repository `acme/r`, whose default branch is main. */
export async function startGitHost(directory: string) {
  const [key, cert, repos] = [join(directory, "tls.key"), join(directory, "tls.crt"), join(directory, "host")];
  execFileSync(
    "openssl",
    [
      "req",
      "-x509",
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:prime256v1",
      "-nodes",
      "-keyout",
      key,
      "-out",
      cert,
      "-days",
      "2",
      "-subj",
      "/CN=localhost",
      "-addext",
      "subjectAltName=DNS:localhost",
    ],
    { stdio: "ignore" },
  );
  const bare = join(repos, "acme", "r.git");
  mkdirSync(bare, { recursive: true });
  plainGit(bare, "init", "--quiet", "--bare", "--initial-branch=main");
  plainGit(bare, "config", "http.receivepack", "true");
  const seed = join(directory, "seed");
  plainGit(directory, "clone", "--quiet", bare, seed);
  execFileSync("sh", ["-c", "echo one > f; mkdir src; echo needle > src/g"], { cwd: seed });
  plainGit(seed, "add", "-A");
  plainGit(seed, "commit", "--quiet", "-m", "first");
  plainGit(seed, "push", "--quiet", "origin", "HEAD:main");

  const mints: Mint[] = [];
  const apiCalls: { method: string; path: string; body: string; authorization: string }[] = [];
  const seen: { path: string; authorization: string }[] = [];
  const state: { redirectTo?: string; mintStatus?: number; apiRedirect?: string; hangsAt?: RegExp; revoked?: string } =
    {};

  type Json = (status: number, value: unknown) => unknown;
  const mint = async (request: IncomingMessage, json: Json) => {
    if (state.mintStatus !== undefined) return json(state.mintStatus, { message: "no" });
    const token = `ghs_${"t".repeat(20)}${mints.length}`;
    mints.push({ token, body: JSON.parse((await bodyOf(request)).toString()) });
    return json(201, { token, expires_at: new Date(Date.now() + 3_600_000).toISOString() });
  };
  const serveApi = async (request: IncomingMessage, response: ServerResponse) => {
    const json = (status: number, value: unknown) =>
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
    const path = (request.url ?? "").slice("/api/".length);
    if (path.includes("/access_tokens")) return mint(request, json);
    if (path === "repos/acme/r") return json(200, { default_branch: "main" });
    const { method = "", headers } = request;
    const body = (await bodyOf(request)).toString();
    apiCalls.push({ method, path, body, authorization: headers.authorization ?? "" });
    if (state.apiRedirect !== undefined) return void response.writeHead(302, { location: state.apiRedirect }).end();
    return json(method === "GET" ? 200 : 201, method === "GET" ? [] : { id: 1 });
  };

  const server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (request, response) => {
    const path = request.url ?? "";
    const authorization = request.headers.authorization ?? "";
    seen.push({ path, authorization });
    // Begins an answer and never ends it.
    if (state.hangsAt?.test(path) === true && authorization !== "")
      return void response.writeHead(200).write(path.startsWith("/api/") ? "[" : "00");
    if (path.startsWith("/api/")) return void serveApi(request, response);
    if (state.redirectTo !== undefined)
      return void response.writeHead(302, { location: `${state.redirectTo}${path}` }).end();
    const password = Buffer.from(authorization.slice("Basic ".length), "base64").toString().split(":")[1] ?? "";
    const isKnown = mints.some(({ token }) => token === password && token !== state.revoked);
    if (!isKnown) return void response.writeHead(401, { "www-authenticate": 'Basic realm="git"' }).end();
    return void serveGit(repos, request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const address: AddressInfo | string | null = server.address();
  const port = typeof address === "object" ? (address?.port ?? 0) : 0;
  return {
    host: `localhost:${port}`,
    apiUrl: `https://localhost:${port}/api`,
    caFile: cert,
    bare,
    mints,
    seen,
    apiCalls,
    state,
  };
}
