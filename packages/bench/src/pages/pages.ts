/** How long admin takes to draw its pages over a large ledger, while a writer adds twenty steps a second. */
import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

import { INTERNAL_SECRET_HEADER } from "@thor/domain/headers";
import { LEAN_FLAGS } from "@thor/kit/lean-node";
import type { Ledger } from "@thor/ledger/port";

import { newWorld, open } from "../ledger/world.ts";
import { type Measure, missed, quantile, renderReport, timeEach } from "../report.ts";
import { fillPages } from "./pages-world.ts";

const SECRET = "a secret that only this bench uses, 32+";
const MAIN = join(import.meta.dirname, "../../../admin/src/main.ts");
const FULL = { conversations: 10_000, runs: 100_000, parts: 1_000_000 };
const QUICK = { conversations: 200, runs: 2000, parts: 20_000 };
const ROUNDS = 40;
const GOAL_MS = 100;
const WRITE_EVERY_MS = 50;
const PORT = 38_605;
const START_MS = 30_000;

const HEADERS = { [INTERNAL_SECRET_HEADER]: SECRET, "x-vouch-user": "bench@acme.dev", "x-thor-role": "admin" };

async function get(path: string): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${PORT}${path}`, { headers: HEADERS, redirect: "manual" });
  await response.text();
  if (response.status !== 200) throw new Error(`${path}: ${response.status}`);
}

const isUp = () =>
  get("/admin/system").then(
    () => true,
    () => false,
  );

/** The admin service as its own process over this database. */
async function startAdmin(path: string): Promise<() => Promise<void>> {
  const child = spawn(process.execPath, [...LEAN_FLAGS, "--import", import.meta.resolve("tsx"), MAIN], {
    stdio: ["ignore", "ignore", "inherit"],
    env: {
      PATH: process.env["PATH"],
      LOG_LEVEL: "error",
      PORT: String(PORT),
      THOR_BIND_ADDRESS: "127.0.0.1",
      THOR_WORKSPACE_DIR: dirname(path),
      DATABASE_URL: `sqlite:${path}`,
      THOR_INTERNAL_SECRET: SECRET,
      RUNNER_BASE_URL: "http://bench.example",
    },
  });
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const until = performance.now() + START_MS;
  while (!(await isUp())) {
    if (performance.now() > until) throw new Error("admin did not start");
    await pause(100);
  }
  return async () => {
    child.kill("SIGTERM");
    await exited;
  };
}

/** Writes like a running agent until it is stopped. */
function keepWriting(ledger: Ledger): () => Promise<void> {
  const stop = new AbortController();
  const row = {
    service: "bench",
    event: "bench.step",
    actorKind: "service" as const,
    actor: "bench",
    decision: "done",
  };
  const writing = (async () => {
    while (!stop.signal.aborted) {
      await ledger.appendAudit({ ...row, target: "step" });
      await pause(WRITE_EVERY_MS);
    }
  })();
  return async () => {
    stop.abort();
    await writing;
  };
}

/** Prints p95 of every page; answers how many goals were missed. */
export async function runPagesBench(args: readonly string[]): Promise<number> {
  const size = args.includes("--quick") ? QUICK : FULL;
  const world = newWorld();
  const ledger = await open(world.path);
  const { anchorId, triggerId } = await fillPages(ledger, size);
  const stop = await startAdmin(world.path);
  const stopWriting = keepWriting(ledger);
  const pages = {
    overview: "/admin",
    conversations: "/admin/conversations",
    search: "/admin/conversations?q=task+web",
    failed: "/admin/conversations?state=failed",
    conversation: `/admin/conversations/${anchorId}`,
    run: `/admin/conversations/${anchorId}/runs/${triggerId}`,
    queue: "/admin/queue",
    approvals: "/admin/approvals",
    audit: "/admin/audit",
    usage: "/admin/usage?by=user&days=30",
    system: "/admin/system",
  };
  const measures: Measure[] = [];
  for (const [name, path] of Object.entries(pages)) {
    await get(path);
    const took = await timeEach(ROUNDS, () => get(path));
    const detail = `median ${quantile(took, 0.5).toFixed(1)} ms, longest ${quantile(took, 1).toFixed(1)} ms`;
    measures.push({
      id: name,
      what: "p95 of the page, ms",
      value: quantile(took, 0.95),
      goal: GOAL_MS,
      must: "at most",
      detail,
    });
  }
  await stopWriting();
  await stop();
  await ledger.close();
  world.remove();
  process.stdout.write(
    `${size.conversations} conversations, ${size.runs} runs, ${size.parts} steps\n${renderReport(measures)}\n`,
  );
  return missed(measures);
}
