import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect, it, onTestFinished, vi } from "vitest";
import { z } from "zod";

import { actIn, getJson, Refs } from "./sim-client.ts";

const MAIN = join(import.meta.dirname, "..", "src", "main.ts");
const Ready = z.object({ ready: z.literal(true), url: z.string() });
const Thread = z.object({ messages: z.array(z.object({ text: z.string() })) });

function startProcess(config: object, env: Record<string, string> = {}) {
  const directory = mkdtempSync(join(tmpdir(), "sim-process-"));
  const file = join(directory, "config.json");
  writeFileSync(file, JSON.stringify({ stateDir: join(directory, "state"), ...config }));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true, maxRetries: 3 }));
  return async () => {
    const child = spawn(process.execPath, [MAIN, "--config", file], {
      env: { ...process.env, ...env },
      stdio: ["pipe", "pipe", "inherit"],
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    const line = await new Promise<string>((resolve) => child.stdout.once("data", (chunk) => resolve(String(chunk))));
    return { child, url: Ready.parse(JSON.parse(line)).url };
  };
}

const ended = (child: ChildProcess) =>
  vi.waitFor(() => expect(child.exitCode ?? child.signalCode).not.toBeNull(), 5000);

it("keeps what was said, and what it still has to deliver, through kill -9", async () => {
  const heard: string[] = [];
  let isAnswering = false;
  const gateway = createServer((request, response) => {
    request.on("data", (chunk) => heard.push(String(chunk)));
    request.on("end", () => response.writeHead(isAnswering ? 200 : 503).end());
  });
  await new Promise<void>((resolve) => gateway.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void gateway.close());
  const address = gateway.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const start = startProcess({ slack: { eventsUrl: `http://127.0.0.1:${port}`, retryDelaysMs: [3_600_000] } });

  const first = await start();
  const { channel, ts } = await actIn(first.url, { do: "say", text: "remember me" });
  const before = await getJson(`${first.url}/_sim/github/refs/acme/demo`, Refs);
  await vi.waitFor(() => expect(heard).toHaveLength(1), 5000);
  first.child.kill("SIGKILL");
  await ended(first.child);

  isAnswering = true;
  const second = await start();
  const thread = await getJson(`${second.url}/_sim/slack/thread/${channel}/${ts}`, Thread);
  expect(thread.messages.map(({ text }) => text)).toEqual(["remember me"]);
  expect(await getJson(`${second.url}/_sim/github/refs/acme/demo`, Refs)).toEqual(before);
  await fetch(`${second.url}/_sim/clock`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ advance: "2h" }),
  });
  await vi.waitFor(() => expect(heard).toHaveLength(2), 5000);
  expect(heard[1]).toBe(heard[0]);
});

it("ends when the pipe of its supervisor ends", async () => {
  const { child } = await startProcess({}, { THOR_PARENT_PIPE: "1" })();
  child.stdin.end();
  await ended(child);
  expect(child.exitCode).toBe(0);
});

it("does not run in production, nor with a setting that it does not know", () => {
  const inProduction = spawnSync(process.execPath, [MAIN], {
    env: { ...process.env, NODE_ENV: "production" },
    encoding: "utf8",
  });
  expect(inProduction.status).not.toBe(0);
  expect(inProduction.stderr).toContain("do not run in production");
});
