/** A whole remote-cli on free ports with a real ledger, real git, and the outside world as doubles on the wire. */
import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";

import { ExecResult } from "@thor/domain/exec";
import { THOR_KEY_SALT } from "@thor/domain/key-salt";
import { formatSessionToken, SESSION_TOKEN_KEY, sessionTokenMessage } from "@thor/domain/session-token";
import { deriveKey, hmacSha256 } from "@thor/kit/derived-key";
import { createKeptLog } from "@thor/kit/testing/kept-log";
import { tempDir } from "@thor/kit/testing/temp-dir";
import { openLedger } from "@thor/ledger/open";
import type { Ledger } from "@thor/ledger/port";
import { onTestFinished } from "vitest";

import { startRemoteCli } from "../src/app.ts";
import { readConfig } from "../src/config.ts";
import { startGitHost } from "./git-host.ts";

export const SECRET = "a secret of a test with enough characters";

export const tokenOf = (sessionId: string, secret = SECRET) =>
  formatSessionToken(
    hmacSha256(deriveKey(secret, THOR_KEY_SALT, SESSION_TOKEN_KEY), sessionTokenMessage(sessionId)).toString(
      "base64url",
    ),
  );

interface SlackCall {
  method: string;
  args: Record<string, string>;
}

const TEAM = "T0TEST";
/** Who asks, and who Thor is. */
const PEOPLE: Readonly<Record<string, Record<string, unknown>>> = {
  "auth.test": { ok: true, team_id: TEAM, user_id: "U0THOR", bot_id: "B0THOR" },
  "users.info": { ok: true, user: { id: "U0ADA", team_id: TEAM } },
};

const usualAnswer = (method: string, channel: string, count: number) =>
  PEOPLE[method] ??
  (method === "conversations.info"
    ? { ok: true, channel: { is_private: !channel.startsWith("C0OPEN") } }
    : { ok: true, ts: `1700000000.00000${count}`, channel });

/** What was posted, for whoever reads the thread afterwards. */
function createThreadMemory() {
  const kept: { ts: unknown; metadata: unknown }[] = [];
  return {
    answer: (method: string) => (method === "conversations.replies" ? { ok: true, messages: kept } : undefined),
    keep: (method: string, args: Record<string, string>, answer: Record<string, unknown>) => {
      if (method !== "chat.postMessage" || answer["ok"] !== true) return;
      kept.push({ ts: answer["ts"], metadata: JSON.parse(args["metadata"] ?? "{}") });
    },
  };
}

/** Slack as far as posts need it; `answers` are taken in order, then everything succeeds. */
async function startSlack() {
  const calls: SlackCall[] = [];
  const answers: (Record<string, unknown> & { retryAfter?: number })[] = [];
  const thread = createThreadMemory();
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => (body += String(chunk)));
    request.on("end", () => {
      const method = (request.url ?? "").split("/").at(-1) ?? "";
      const args = Object.fromEntries(new URLSearchParams(body));
      calls.push({ method, args });
      const next = method === "chat.postMessage" ? answers.shift() : undefined;
      if (next?.["hangUp"] === true) return void response.destroy();
      const { retryAfter } = next ?? {};
      response.setHeader("content-type", "application/json");
      if (retryAfter !== undefined) response.writeHead(429, { "retry-after": String(retryAfter) });
      const answer = next ?? thread.answer(method) ?? usualAnswer(method, args["channel"] ?? "", calls.length);
      thread.keep(method, args, answer);
      return void response.end(JSON.stringify(answer));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  return { url: `http://127.0.0.1:${typeof address === "object" ? (address?.port ?? 0) : 0}/api`, calls, answers };
}

function freePort(): Promise<number> {
  const probe = createServer();
  return new Promise((resolve) =>
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" ? (address?.port ?? 0) : 0));
    }),
  );
}

/** A conversation with an active session and an open run. */
async function openConversation(ledger: Ledger, name: string) {
  const minted = await ledger.mintAnchor({
    correlationKey: `slack:thread:C0OPEN1/170000000${name}.000100`,
    source: "test",
  });
  if (minted.kind !== "minted") throw new Error(minted.kind);
  const { anchorId } = minted;
  const sessionId = `ses_${name}`;
  await ledger.registerSession({ id: sessionId, anchorId, kind: "main" });
  const run = await ledger.openOwnTrigger({
    triggerId: `trg_${name}`,
    anchorId,
    cause: "direct",
    sessionId,
    source: "test",
    promptMessageId: `msg_${name}`,
    requesters: [{ kind: "slack", id: "U0ADA" }],
    holder: "test",
  });
  if (run.kind !== "opened") throw new Error(run.kind);
  return { anchorId, sessionId, triggerId: `trg_${name}`, runFence: run.runFence };
}

const APP_KEY = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ type: "pkcs1", format: "pem" });

const CONFIG = {
  owners: { acme: { github_app_installation_id: 7 } },
  users: [{ email: "ada@example.com", name: "Ada", slack: "U0ADA", github: "alice" }],
  profiles: { OTHER: { channels: ["C0OTHER"] } },
  github: { protectedBranches: ["release/*"] },
};

/** thor.json of an owner whose App is installed elsewhere than the world's own git host says. */
export const installedAt = (installationId: number) => ({
  owners: { acme: { github_app_installation_id: installationId } },
});

export async function openWorld(env: Record<string, string> = {}, thorJson: object = {}) {
  const directory = tempDir();
  const workspace = join(directory, "w");
  for (const name of ["config", "data", "repos"]) mkdirSync(join(workspace, name), { recursive: true });
  const keyFile = join(directory, "app.pem");
  writeFileSync(keyFile, APP_KEY, { mode: 0o600 });
  writeFileSync(join(workspace, "config", "thor.json"), JSON.stringify({ ...CONFIG, ...thorJson }));
  const [github, slack, port] = await Promise.all([startGitHost(directory), startSlack(), freePort()]);
  const variables = {
    PORT: String(port),
    THOR_BIND_ADDRESS: "127.0.0.1",
    PATH: process.env["PATH"],
    THOR_WORKSPACE_DIR: workspace,
    THOR_INTERNAL_SECRET: SECRET,
    THOR_PASSES_DIR: join(directory, "passes"),
    THOR_CALLS_DIR: join(directory, "calls"),
    THOR_EXEC_SANDBOX: "none",
    THOR_SANDBOX_PROVIDER: "off",
    THOR_SANDBOX_DIR: join(directory, "sandboxes"),
    SLACK_BOT_TOKEN: "xoxb-test-token-of-the-world",
    SLACK_API_BASE_URL: slack.url,
    RUNNER_BASE_URL: "https://thor.example",
    GITHUB_APP_ID: "42",
    GITHUB_APP_SLUG: "thor",
    GITHUB_APP_BOT_ID: "99",
    GITHUB_APP_PRIVATE_KEY_FILE: keyFile,
    GITHUB_API_URL: github.apiUrl,
    GITHUB_HOST: github.host,
    GITHUB_CA_FILE: github.caFile,
    ...env,
  };
  const config = readConfig(variables);
  const { lines, log } = createKeptLog();
  const started = await startRemoteCli(config, log);
  let closing: Promise<void> | undefined;
  const service = { close: () => (closing ??= started.close()) };
  const opened = await openLedger({ url: config.databaseUrl, service: "test", instance: "t", secret: SECRET });
  if (opened.kind !== "opened") throw new Error(opened.kind);
  const { ledger } = opened;
  onTestFinished(async () => {
    await service.close();
    await ledger.close();
  });
  const base = `http://127.0.0.1:${port}`;

  /** One POST, with whatever headers; every answer of every route is an exec result. */
  const send = async (path: string, body: unknown, headers: Record<string, string> = {}) => {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const response = await fetch(`${base}${path}`, {
      method: "POST",
      body: text,
      headers: { "content-type": "application/json", ...headers },
    });
    return { status: response.status, type: response.headers.get("content-type") ?? "", text: await response.text() };
  };
  const as = (sessionId: string) => ({ "x-thor-session-id": sessionId, "x-thor-session-token": tokenOf(sessionId) });
  const exec = async (sessionId: string, path: string, body: unknown) => {
    const { status, text } = await send(path, body, as(sessionId));
    return { status, ...ExecResult.parse(JSON.parse(text)) };
  };
  const first = await openConversation(ledger, "1");
  const main = join(workspace, "repos", "r");
  const git = (args: string | readonly string[], cwd = main, sessionId = first.sessionId) =>
    exec(sessionId, "/exec/git", { args: typeof args === "string" ? args.split(" ") : args, cwd });
  const worktree = join(workspace, "worktrees", "r", "feat", "x");
  return {
    directory,
    workspace,
    main,
    worktree,
    base,
    ledger,
    github,
    slack,
    service,
    /** What the service logged. */
    lines,
    events: () => lines.map(({ event }) => event),
    variables,
    first,
    send,
    as,
    exec,
    git,
    url: `https://${github.host}/acme/r`,
    internal: (path: string, body: unknown) => send(path, body, { "x-thor-internal-secret": SECRET }),
    /** Replaces thor.json, as an operator does. */
    configure: (next: object) =>
      writeFileSync(join(workspace, "config", "thor.json"), JSON.stringify({ ...CONFIG, ...next })),
    second: () => openConversation(ledger, "2"),
    /** The usual beginning: a clone and a worktree of the first conversation. */
    settle: async () => {
      const cloned = await git(["clone", `https://${github.host}/acme/r`], join(workspace, "repos"));
      if (cloned.exitCode !== 0) throw new Error(`clone: ${cloned.stderr}`);
      const added = await git(["worktree", "add", "-b", "feat/x", worktree, "origin/main"]);
      if (added.exitCode !== 0) throw new Error(`worktree add: ${added.stderr}`);
    },
  };
}
