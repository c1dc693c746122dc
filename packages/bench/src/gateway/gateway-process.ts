/** One gateway process over a workspace of its own, with its resident memory watched. */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { LEAN_FLAGS, leanEnvironment, warmCompileCache } from "@thor/kit/lean-node";

import type { Neighbours } from "./fake-neighbours.ts";

export const SECRET = "bench-internal-secret-of-32-characters";
export const SIGNING = "bench-signing-secret";
export const WEBHOOK = "bench-webhook-secret";
export const CRON = "bench-cron-secret-of-32-characters!!";
const MAIN = join(import.meta.dirname, "../../../gateway/src/main.ts");
const CACHE = join(tmpdir(), "thor-bench-compiled");
const START_MS = 30_000;
const SAMPLE_MS = 200;

export function makeWorkspace(): string {
  const workspace = mkdtempSync(join(tmpdir(), "thor-bench-"));
  for (const folder of ["repos/demo", "config", "data"]) mkdirSync(join(workspace, folder), { recursive: true });
  const config = { owners: { acme: { github_app_installation_id: 1 } } };
  writeFileSync(join(workspace, "config/thor.json"), JSON.stringify(config));
  mkdirSync(join(workspace, "repos/demo/.git"));
  const origin = '[remote "origin"]\n\turl = https://github.com/acme/demo.git\n';
  writeFileSync(join(workspace, "repos/demo/.git/config"), origin);
  return workspace;
}

/** Resident memory in MiB, as the system counts it. */
function residentMib(pid: number): number {
  const line = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Number(line?.[1] ?? 0) / 1024;
}

export interface GatewayProcess {
  url: string;
  peakMib: () => number;
  stop: () => Promise<void>;
}

const WRITER = join(import.meta.dirname, "../../../ledger/src/writer/worker.ts");

/** As `pnpm start` does: the compiled form of the sources is there before the service starts. */
export const warmGateway = () =>
  warmCompileCache({ programs: [MAIN, WRITER], cacheDirectory: CACHE, timeoutMs: START_MS });

export async function startGatewayProcess(
  workspace: string,
  port: number,
  neighbours: Neighbours,
): Promise<GatewayProcess> {
  const child = spawn(process.execPath, [...LEAN_FLAGS, MAIN], {
    stdio: ["ignore", "ignore", "inherit"],
    env: {
      PATH: process.env["PATH"],
      ...leanEnvironment(CACHE),
      LOG_LEVEL: "error",
      PORT: String(port),
      THOR_BIND_ADDRESS: "127.0.0.1",
      THOR_WORKSPACE_DIR: workspace,
      THOR_INTERNAL_SECRET: SECRET,
      RUNNER_URL: neighbours.runnerUrl,
      REMOTE_CLI_URL: neighbours.runnerUrl,
      CRON_SECRET: CRON,
      GITHUB_APP_SLUG: "thor",
      GITHUB_APP_BOT_ID: "99",
      GITHUB_WEBHOOK_SECRET: WEBHOOK,
      SLACK_BOT_TOKEN: "xoxb-bench",
      SLACK_SIGNING_SECRET: SIGNING,
      SLACK_DEFAULT_REPO: "demo",
      SLACK_API_BASE_URL: neighbours.slackUrl,
    },
  });
  const url = `http://127.0.0.1:${port}`;
  let peak = 0;
  const sampler = setInterval(() => {
    if (child.pid !== undefined && child.exitCode === null) peak = Math.max(peak, residentMib(child.pid));
  }, SAMPLE_MS);
  const until = Date.now() + START_MS;
  for (;;) {
    const health = await fetch(`${url}/health`, { headers: { "x-thor-internal-secret": SECRET } }).then(
      (response) => response.text(),
      () => "",
    );
    if (health.includes('"ready":true')) break;
    if (child.exitCode !== null || Date.now() > until) throw new Error("the gateway did not start");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    url,
    peakMib: () => peak,
    stop: async () => {
      clearInterval(sampler);
      const gone = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      await gone;
    },
  };
}

export const removeWorkspace = (workspace: string) => rmSync(workspace, { recursive: true, force: true });
