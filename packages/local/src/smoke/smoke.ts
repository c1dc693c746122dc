/** `thor smoke`: a private stack on free ports, the demo through Slack's own wire, and proof of what came of it. */
import { createHmac, randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

import { openLedger } from "@thor/ledger/open";
import { z } from "zod";

import { type Layout, layoutOf } from "../start/layout.ts";
import type { RunFile } from "../start/run-file.ts";
import { start } from "../start/start.ts";

const ANSWER_WITHIN_MS = 90_000;
const POLL_MS = 100;
const ASK_WITHIN_MS = 10_000;

const Message = z.object({ user: z.string(), byBot: z.boolean(), text: z.string() });
const Thread = z.object({ messages: z.array(Message) });
const Commits = z.array(z.object({ sha: z.string(), subject: z.string() }));

interface Play {
  run: RunFile;
  layout: Layout;
  step: <T>(name: string, does: () => Promise<T>) => Promise<T>;
}

async function getJson<Schema extends z.ZodType>(url: string, schema: Schema): Promise<z.output<Schema>> {
  const response = await fetch(url, { signal: AbortSignal.timeout(ASK_WITHIN_MS) });
  if (!response.ok) throw new Error(`${new URL(url).pathname}: ${response.status}`);
  return schema.parse(await response.json());
}

async function until<T>(fact: string, look: () => Promise<T | undefined>): Promise<T> {
  const end = performance.now() + ANSWER_WITHIN_MS;
  for (;;) {
    const seen = await look();
    if (seen !== undefined) return seen;
    if (performance.now() > end) throw new Error(`not seen within ${ANSWER_WITHIN_MS / 1000} s: ${fact}`);
    await pause(POLL_MS);
  }
}

/** Says something in the simulated Slack as a person; the events then come to the gateway as Slack sends them. */
async function say({ run }: Play, text: string): Promise<string> {
  const body = JSON.stringify({ sim: "slack", do: "say", as: run.slack.user, channel: run.slack.channel, text });
  const headers = { "content-type": "application/json" };
  const signal = AbortSignal.timeout(ASK_WITHIN_MS);
  const response = await fetch(`${run.urls.sim}/_sim/act`, { method: "POST", headers, body, signal });
  return z.object({ ts: z.string() }).parse(await response.json()).ts;
}

/** A signed delivery of our own, to see that the gateway believes Slack's secret and nothing else. */
async function post({ run }: Play, body: string, secret: string): Promise<number> {
  const timestamp = String(Math.floor(Date.now() / 1000));
  const proof = createHmac("sha256", secret).update(`v0:${timestamp}:${body}`).digest("hex");
  const headers = {
    "content-type": "application/json",
    "x-slack-request-timestamp": timestamp,
    "x-slack-signature": `v0=${proof}`,
  };
  const signal = AbortSignal.timeout(ASK_WITHIN_MS);
  return (await fetch(`${run.urls.gateway}/slack/events`, { method: "POST", headers, body, signal })).status;
}

async function signatureMatters(play: Play): Promise<void> {
  const body = JSON.stringify({ type: "url_verification", challenge: "smoke" });
  const right = await post(play, body, play.run.secrets.slackSigning);
  const wrong = await post(play, body, randomBytes(32).toString("hex"));
  if (right !== 200 || wrong !== 401) throw new Error(`signed ${right}, forged ${wrong}; 200 and 401 were expected`);
}

const threadUrl = ({ run }: Play, ts: string) => `${run.urls.sim}/_sim/slack/thread/${run.slack.channel}/${ts}`;

async function answered(play: Play, ts: string): Promise<string> {
  return until("Thor's answer in the thread", async () => {
    const { messages } = await getJson(threadUrl(play, ts), Thread);
    return messages.find(({ byBot, text }) => byBot && text.includes("thor/greeting-"))?.text;
  });
}

async function pushed({ run }: Play, branch: string): Promise<string> {
  const { owner, repo } = run.github;
  const commits = await getJson(`${run.urls.sim}/_sim/github/commits/${owner}/${repo}/${branch}`, Commits);
  const [newest, before] = commits;
  if (newest === undefined || before?.subject !== "Test the greeting")
    throw new Error("the branch is not one commit ahead of main");
  if (!newest.subject.startsWith("Greet with Hello")) throw new Error(`unexpected commit: ${newest.subject}`);
  return newest.sha;
}

/** The ledger's own words about the conversation, read from the file as any auditor could. */
async function recorded({ run, layout }: Play, ts: string): Promise<string> {
  const opened = await openLedger({
    url: `sqlite:${layout.database}`,
    service: "smoke",
    instance: String(process.pid),
    secret: run.secrets.internal,
  });
  if (opened.kind !== "opened") throw new Error(`ledger: ${opened.kind}`);
  try {
    return await until("the run's end in the ledger", async () => {
      const name = { type: "slack.thread" as const, value: `${run.slack.channel}/${ts}` };
      const found = await opened.ledger.engagement(name);
      if (!found.engaged) return undefined;
      const runs = await opened.ledger.triggersOf({ anchorId: found.anchorId, limit: 10 });
      return runs.find(({ status }) => status === "completed")?.status;
    });
  } finally {
    await opened.ledger.close();
  }
}

async function demo(play: Play): Promise<void> {
  const { step, layout } = play;
  await step("Slack's signature is checked", () => signatureMatters(play));
  const ts = await step("a person mentions @thor", () => say(play, "@thor please fix the greeting"));
  const answer = await step("Thor answers in the thread", () => answered(play, ts));
  const branch = /thor\/greeting-[0-9a-f]+/.exec(answer)?.[0] ?? "";
  await step(`the worktree ${branch} exists`, () => {
    const tree = join(layout.worktrees, "demo", branch);
    return existsSync(join(tree, "src", "greet.js"))
      ? Promise.resolve()
      : Promise.reject(new Error(`${tree} is missing`));
  });
  await step("the commit is on the remote branch", () => pushed(play, branch));
  await step("the ledger says that the run completed", () => recorded(play, ts));
}

const seconds = (since: number) => ((performance.now() - since) / 1000).toFixed(1);
const nothingYet = () => Promise.resolve();

/** Plays it all; the answer is the exit code. */
export async function smoke(
  env: Readonly<Record<string, string | undefined>>,
  write: (text: string) => void,
): Promise<number> {
  const started = performance.now();
  const dataDir = mkdtempSync(join(tmpdir(), "thor-smoke-"));
  const step: Play["step"] = async (name, does) => {
    const since = performance.now();
    const result = await does();
    write(`ok  ${name} (${seconds(since)} s)\n`);
    return result;
  };
  const asked = { isJson: true, isFresh: false, isAgreed: false, isSimulated: true, isUnisolated: false };
  const options = { ...asked, dataDir, port: "any" as const, env };
  let stop: () => Promise<void> = nothingYet;
  try {
    const running = await step("everything starts", () => start(options, { write: () => undefined }));
    stop = () => running.stop(false);
    await demo({ run: running.run, layout: layoutOf(dataDir), step });
    await step("everything stops", stop);
    rmSync(dataDir, { recursive: true, force: true, maxRetries: 3 });
    write(`smoke: ok in ${seconds(started)} s\n`);
    return 0;
  } catch (err) {
    await stop();
    write(
      `smoke: failed after ${seconds(started)} s: ${err instanceof Error ? err.message : String(err)}\nLogs are kept in ${dataDir}/logs\n`,
    );
    return 1;
  }
}
