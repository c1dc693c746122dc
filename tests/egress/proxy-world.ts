/** The shipped proxy in front of origins of our own: real mitmdump, real TLS, names that lead to this machine. */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer as createHttp, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createHttps } from "node:https";
import { connect as connectTcp, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";

import { eventually } from "@thor/kit/testing/eventually";
import { tempDir } from "@thor/kit/testing/temp-dir";
import { onTestFinished } from "vitest";

const CA_SCRIPT = join(import.meta.dirname, "../../scripts/mitmproxy-ca-init.sh");
const START = join(import.meta.dirname, "../../docker/mitmproxy/start.py");
/** Loopback, and nobody else's. */
const ORIGIN = "127.7.7.7";
const PRIVATE = ["slack.com", "files.slack.com", "acme.atlassian.net", "status.acme.example", "chatgpt.com"];
/** Names that lead inside although nobody allowed it, and to a cloud's metadata although somebody did. */
const HOSTS = { "inside.acme.example": ORIGIN, "cloud.acme.example": "169.254.169.254", "codex-lb": ORIGIN };
const CLIENTS = { agent: "127.0.0.1", control: "127.0.0.2", "codex-lb": "127.0.0.3", stranger: "127.0.0.4" };
type Client = keyof typeof CLIENTS;
const SECRETS = {
  SLACK_BOT_TOKEN: "xoxb-of-the-proxy",
  ATLASSIAN_AUTH: "Basic of-the-proxy",
  STATUS_TOKEN: "status",
};

/** What the proxy needs and is not here. */
export const missingTool = (): string | undefined =>
  ["mitmdump", "bwrap"].find((program) => spawnSync(program, ["--version"]).status !== 0);

interface Seen {
  method: string;
  host: string;
  url: string;
  headers: Readonly<Record<string, unknown>>;
}

async function listen(server: Server, port: number): Promise<number> {
  server.listen(port, ORIGIN);
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const address = server.address();
  return typeof address === "object" ? (address?.port ?? 0) : 0;
}

/** A certificate for all names, which is its own authority. */
function makeCertificate(directory: string) {
  const names = [...PRIVATE, ...Object.keys(HOSTS), "evil.example"].map((name) => `DNS:${name}`).join(",");
  const [key, cert] = [join(directory, "origin.key"), join(directory, "origin.pem")];
  const made = [
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:prime256v1",
    "-nodes",
    "-days",
    "2",
    "-subj",
    "/CN=origin",
  ];
  execFileSync(
    "openssl",
    ["req", "-x509", ...made, "-addext", `subjectAltName=${names}`, "-keyout", key, "-out", cert],
    {
      stdio: "ignore",
    },
  );
  return { key: readFileSync(key), cert: readFileSync(cert), file: cert };
}

/** Everything that arrives at an origin, whatever its name. */
async function startOrigins(certificate: { key: Buffer; cert: Buffer }) {
  const seen: Seen[] = [];
  let opened = 0;
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    const { method = "", url = "", headers } = request;
    seen.push({ method, host: headers.host ?? "", url, headers });
    request.resume().on("end", () => response.end(`origin ${url}`));
  };
  const [secure, plain] = [createHttps(certificate, answer), createHttp(answer)];
  for (const server of [secure, plain]) server.on("connection", () => (opened += 1));
  await Promise.all([listen(secure, 443), listen(plain, 2455)]);
  return { seen, opened: () => opened };
}

const CRLF = "\r\n";
export const lines = (...text: string[]) => text.join(CRLF) + CRLF + CRLF;

/** All that comes back on a connection within a moment. */
function readAll(socket: Socket, until: (text: string) => boolean): Promise<string> {
  let text = "";
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      socket.destroy();
      resolve(text);
    };
    const timer = setTimeout(end, 8000);
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
      if (until(text)) end();
    });
    socket.on("close", end).on("error", end);
  });
}
const isWhole = (text: string) =>
  /^HTTP\/1\.[01] \d{3}[\s\S]*?\r\n\r\n[\s\S]/.test(text) && !/^HTTP\/1\.[01] 100/.test(text);

function createClient(port: number, directory: string) {
  const open = async (client: Client) => {
    const socket = connectTcp({ host: "127.0.0.1", port, localAddress: CLIENTS[client] });
    socket.on("error", () => undefined);
    await once(socket, "connect");
    return socket;
  };
  const raw = async (bytes: string, client: Client = "agent") => {
    const socket = await open(client);
    const answered = readAll(socket, isWhole);
    socket.write(Buffer.from(bytes, "latin1"));
    return answered;
  };
  const connect = async (authority: string, client: Client = "agent", more = `Host: ${authority}`) => {
    const socket = await open(client);
    socket.write(lines(`CONNECT ${authority} HTTP/1.1`, more));
    const text = await new Promise<string>((resolve) => {
      socket.once("data", (chunk) => resolve(chunk.toString("latin1")));
      socket.once("close", () => resolve(""));
    });
    return { socket, text, isOpen: text.startsWith("HTTP/1.1 200") };
  };
  return {
    raw,
    connect,
    /** Bytes inside a tunnel, without TLS. */
    rawInside: async (authority: string, bytes: string) => {
      const { socket, text, isOpen } = await connect(authority);
      if (!isOpen) return text;
      const answered = readAll(socket, isWhole);
      socket.write(bytes);
      return answered;
    },
    /** Bytes inside TLS inside a tunnel. */
    inside: async (
      authority: string,
      bytes: string,
      more: { sni?: string | undefined; client?: Client; alpn?: string[]; until?: RegExp } = {},
    ) => {
      const { socket, text, isOpen } = await connect(authority, more.client);
      if (!isOpen) return { text, issuer: "" };
      const servername = "sni" in more ? more.sni : authority.split(":")[0];
      const ca = readFileSync(join(directory, "ca/public/mitmproxy-ca.pem"));
      const secure = connectTls({
        socket,
        ca,
        rejectUnauthorized: false,
        ...(servername === undefined ? {} : { servername }),
        ...(more.alpn === undefined ? {} : { ALPNProtocols: more.alpn }),
      });
      secure.on("error", () => undefined);
      const isSecure = await new Promise<boolean>((resolve) => {
        secure.once("secureConnect", () => resolve(true)).once("close", () => resolve(false));
      });
      if (!isSecure) return { text: "", issuer: "" };
      const issuer = String(secure.getPeerCertificate().issuer.CN);
      const answered = readAll(secure, (all) => (more.until === undefined ? isWhole(all) : more.until.test(all)));
      secure.write(Buffer.from(bytes, "latin1"));
      return { text: await answered, issuer, alpn: secure.alpnProtocol };
    },
  };
}

/** The reason that the proxy gave, or the first line of whatever else came. */
export const reasonIn = (text: string) => /reason=([a-z_]+)/.exec(text)?.[1] ?? text.split(CRLF)[0] ?? "";

async function freePort(): Promise<number> {
  const probe = createHttp();
  const port = await listen(probe, 0);
  probe.close();
  return port;
}

export async function startProxyWorld(thorJson: object) {
  const directory = tempDir();
  const certificate = makeCertificate(directory);
  const origins = await startOrigins(certificate);
  const authority = join(directory, "ca");
  execFileSync(CA_SCRIPT, ["--out", authority]);
  const [config, spool, hosts] = [join(directory, "thor.json"), join(directory, "spool"), join(directory, "hosts")];
  mkdirSync(spool);
  writeFileSync(config, JSON.stringify(thorJson));
  const table = [...PRIVATE, "evil.example"].map((name) => [name, ORIGIN]).concat(Object.entries(HOSTS));
  writeFileSync(hosts, ["127.0.0.1 localhost", ...table.map(([name, address]) => `${address} ${name}`)].join("\n"));
  const port = await freePort();
  const proxy = spawn(
    "bwrap",
    ["--dev-bind", "/", "/", "--ro-bind", hosts, "/etc/hosts", "--die-with-parent", "/usr/bin/env", "python3", START],
    {
      env: {
        PATH: "/usr/bin:/bin",
        HOME: directory,
        PORT: String(port),
        THOR_BIND_ADDRESS: "127.0.0.1",
        THOR_PROXY_CONFDIR: directory,
        THOR_PROXY_CA_DIR: authority,
        THOR_CONFIG_PATH: config,
        THOR_EGRESS_SPOOL_DIR: spool,
        THOR_EXTRA_CA_FILE: certificate.file,
        THOR_EGRESS_PRIVATE_HOSTS: [...PRIVATE, "cloud.acme.example"].join(","),
        THOR_PROXY_CLIENTS: `agent=${CLIENTS.agent},control=${CLIENTS.control},codex-lb=${CLIENTS["codex-lb"]}`,
        ATLASSIAN_CLOUD_ID: "cloud-1",
        ATLASSIAN_SITE: "acme.atlassian.net",
        ...SECRETS,
      },
      stdio: ["ignore", "ignore", "pipe"],
    },
  );
  let said = "";
  proxy.stderr.on("data", (chunk) => (said += String(chunk)));
  onTestFinished(async () => {
    proxy.kill("SIGKILL");
    if (proxy.exitCode === null && proxy.signalCode === null) await once(proxy, "exit");
  });
  const client = createClient(port, directory);
  const health = () => client.raw(lines("GET http://__health.thor/ HTTP/1.1", "Host: __health.thor")).catch(() => "");
  await eventually(`the proxy answers ${said}`, async () => {
    if (proxy.exitCode !== null) throw new Error(`the proxy ended: ${said}`);
    return (await health()).includes("200 OK") || undefined;
  });
  return {
    ...client,
    ...origins,
    health,
    configure: (next: object | string) => writeFileSync(config, typeof next === "string" ? next : JSON.stringify(next)),
    spooled: () =>
      readdirSync(spool)
        .map((name) => readFileSync(join(spool, name), "utf8"))
        .join(""),
  };
}
export type ProxyWorld = Awaited<ReturnType<typeof startProxyWorld>>;
