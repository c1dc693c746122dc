/** One remote-cli process over a clone of its own, and a session that may call it. */
import { execFileSync, spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { THOR_KEY_SALT } from "@thor/domain/key-salt";
import { formatSessionToken, SESSION_TOKEN_KEY, sessionTokenMessage } from "@thor/domain/session-token";
import { deriveKey, hmacSha256 } from "@thor/kit/derived-key";
import { QUICK_FLAGS } from "@thor/kit/lean-node";
import { openLedger } from "@thor/ledger/open";
import { request } from "undici";

const SECRET = "bench-internal-secret-of-32-characters";
/** As many conversations as calls are made at once: each has a share of its own. */
const SESSIONS = Array.from({ length: 16 }, (_, at) => `ses_bench${at}`);
const MAIN = join(import.meta.dirname, "../../../remote-cli/src/main.ts");
const START_MS = 30_000;

function makeClone(workspace: string): string {
  for (const folder of ["repos/demo", "config", "data"]) mkdirSync(join(workspace, folder), { recursive: true });
  const clone = join(workspace, "repos/demo");
  const config = { owners: { acme: { github_app_installation_id: 1 } } };
  writeFileSync(join(workspace, "config/thor.json"), JSON.stringify(config));
  const who = ["-c", "user.name=bench", "-c", "user.email=bench@example.com"];
  const git = (...args: string[]) => execFileSync("git", [...who, ...args], { cwd: clone, stdio: "ignore" });
  git("init", "--initial-branch=main");
  writeFileSync(join(clone, "f"), "f\n");
  git("add", "f");
  git("commit", "-m", "first");
  git("remote", "add", "origin", "https://github.com/acme/demo");
  return clone;
}

/** Conversations with an active session and an open run each. */
async function openSessions(workspace: string): Promise<void> {
  const url = `sqlite:${workspace}/data/thor.db`;
  const opened = await openLedger({ url, service: "bench", instance: "1", secret: SECRET });
  if (opened.kind !== "opened") throw new Error(`the ledger: ${opened.kind}`);
  const { ledger } = opened;
  for (const [at, sessionId] of SESSIONS.entries()) {
    const correlationKey = `slack:thread:C0BENCH/17000000${String(at).padStart(2, "0")}.000100`;
    const minted = await ledger.mintAnchor({ correlationKey, source: "bench" });
    if (minted.kind !== "minted") throw new Error(minted.kind);
    const { anchorId } = minted;
    await ledger.registerSession({ id: sessionId, anchorId, kind: "main" });
    await ledger.openOwnTrigger({
      triggerId: `trg_bench${at}`,
      anchorId,
      cause: "direct",
      sessionId,
      source: "bench",
      promptMessageId: `msg_bench${at}`,
      requesters: [],
      holder: "bench",
    });
  }
  await ledger.close();
}

export interface RemoteCliProcess {
  clone: string;
  /** One `git rev-parse HEAD` as the agent's wrapper asks for it. */
  revParse: () => Promise<void>;
  /** One call of an upstream's tool, likewise. */
  getPage: () => Promise<void>;
  stop: () => void;
}

/** Waits until a service answers. */
export async function healthy(url: string): Promise<void> {
  const until = Date.now() + START_MS;
  while (Date.now() < until) {
    const response = await fetch(`${url}/health`).catch(() => undefined);
    if (response?.ok === true) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${url} did not start`);
}

/** Calls as the agent's wrapper makes them, from one conversation after the other. */
function createCaller(url: string) {
  const key = deriveKey(SECRET, THOR_KEY_SALT, SESSION_TOKEN_KEY);
  const callers = SESSIONS.map((session) => ({
    "content-type": "application/json",
    "x-thor-session-id": session,
    "x-thor-session-token": formatSessionToken(hmacSha256(key, sessionTokenMessage(session)).toString("base64url")),
  }));
  let calls = 0;
  return (tool: string, asked: object) => {
    const body = JSON.stringify(asked);
    return async () => {
      calls += 1;
      const { statusCode, body: answer } = await request(`${url}/exec/${tool}`, {
        method: "POST",
        headers: callers[calls % callers.length] ?? {},
        body,
      });
      const text = await answer.text();
      if (!text.includes('"exitCode":0')) throw new Error(`${tool}: ${statusCode} ${text}`);
    };
  };
}

export async function startRemoteCliProcess(
  port: number,
  more: Readonly<Record<string, string>> = {},
): Promise<RemoteCliProcess> {
  const workspace = mkdtempSync(join(tmpdir(), "thor-bench-"));
  const clone = makeClone(workspace);
  const keyFile = join(workspace, "app.pem");
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  writeFileSync(keyFile, privateKey.export({ type: "pkcs1", format: "pem" }), { mode: 0o600 });
  await openSessions(workspace);
  const child = spawn(process.execPath, [...QUICK_FLAGS, MAIN], {
    stdio: ["ignore", "ignore", "inherit"],
    env: {
      PATH: process.env["PATH"],
      LOG_LEVEL: "error",
      PORT: String(port),
      THOR_BIND_ADDRESS: "127.0.0.1",
      THOR_WORKSPACE_DIR: workspace,
      THOR_INTERNAL_SECRET: SECRET,
      THOR_PASSES_DIR: join(workspace, "passes"),
      THOR_CALLS_DIR: join(workspace, "calls"),
      THOR_EXEC_SANDBOX: "none",
      SLACK_BOT_TOKEN: "xoxb-bench",
      RUNNER_BASE_URL: "https://thor.example",
      GITHUB_APP_ID: "1",
      GITHUB_APP_SLUG: "thor",
      GITHUB_APP_BOT_ID: "99",
      GITHUB_APP_PRIVATE_KEY_FILE: keyFile,
      ...more,
    },
  });
  const url = `http://127.0.0.1:${port}`;
  const call = createCaller(url);
  await healthy(url);
  return {
    clone,
    revParse: call("git", { args: ["rev-parse", "HEAD"], cwd: clone }),
    getPage: call("mcp", { args: ["atlassian", "getConfluencePage", "{}"] }),
    stop: () => {
      child.kill("SIGKILL");
      rmSync(workspace, { recursive: true, force: true });
    },
  };
}
