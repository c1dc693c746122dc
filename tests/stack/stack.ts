/** A whole private Thor, started as a person would start it, and driven from outside. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { eventually } from "@thor/kit/testing/eventually";
import { tempDir } from "@thor/kit/testing/temp-dir";
import { openLedger } from "@thor/ledger/open";
import type { Ledger } from "@thor/ledger/port";
import { onTestFinished } from "vitest";
import { z } from "zod";

const MAIN = join(import.meta.dirname, "../../packages/local/src/main.ts");
const READY_MS = 90_000;

const RunFacts = z.object({
  pid: z.number(),
  dataDir: z.string(),
  urls: z.record(z.string(), z.string().nullable()),
  secrets: z.record(z.string(), z.string()),
  slack: z.object({ teamId: z.string(), botUserId: z.string(), channel: z.string(), user: z.string() }),
  github: z.object({ owner: z.string(), repo: z.string(), appSlug: z.string() }),
  children: z.record(z.string(), z.number()),
});
type RunFacts = z.infer<typeof RunFacts>;

export const Message = z.object({
  ts: z.string(),
  text: z.string(),
  byBot: z.boolean(),
  metadata: z.object({ event_type: z.string(), event_payload: z.record(z.string(), z.unknown()) }).optional(),
  reactions: z.array(z.object({ name: z.string() })).optional(),
});
export type Message = z.infer<typeof Message>;

export interface Stack {
  facts: () => RunFacts;
  ledger: Ledger;
  say: (text: string, threadTs?: string) => Promise<string>;
  thread: (ts: string) => Promise<Message[]>;
  sim: (path: string) => Promise<unknown>;
  /** What somebody does in the simulated world. */
  act: (deed: object) => Promise<unknown>;
  /** Ends a child at once; the supervisor starts it again. False when it is dead already. */
  kill: (child: string) => boolean;
  stop: () => Promise<void>;
}

function ended(child: ChildProcess): Promise<void> {
  return child.exitCode === null && child.signalCode === null
    ? new Promise((resolve) => child.once("exit", () => resolve()))
    : Promise.resolve();
}

/** Starts the stack and waits for run.json, which is written when everything is usable. */
async function startProcess(dataDir: string, env: Record<string, string>): Promise<() => Promise<void>> {
  const child = spawn(process.execPath, [MAIN, "start", "--json", "--no-open", "--port", "0", "--simulate=all"], {
    env: { ...process.env, ...env, THOR_DATA_DIR: dataDir },
    stdio: ["ignore", "ignore", "inherit"],
  });
  const stop = async () => {
    child.kill("SIGTERM");
    await ended(child);
  };
  onTestFinished(stop, 60_000);
  const isSettled = () => existsSync(join(dataDir, "run.json")) || child.exitCode !== null || undefined;
  await eventually("the stack is ready", isSettled, READY_MS);
  if (child.exitCode !== null) throw new Error(`start ended with ${child.exitCode}`);
  return stop;
}

const factsIn = (dataDir: string): RunFacts =>
  RunFacts.parse(JSON.parse(readFileSync(join(dataDir, "run.json"), "utf8")));

async function ledgerOf({ dataDir, secrets }: RunFacts): Promise<Ledger> {
  const url = `sqlite:${join(dataDir, "workspace/data/thor.db")}`;
  const opened = await openLedger({
    url,
    service: "test",
    instance: String(process.pid),
    secret: secrets["internal"] ?? "",
  });
  if (opened.kind !== "opened") throw new Error(`the ledger did not open: ${opened.kind}`);
  return opened.ledger;
}

export async function startStack(env: Record<string, string> = {}): Promise<Stack> {
  const dataDir = tempDir();
  const stop = await startProcess(dataDir, env);
  const ledger = await ledgerOf(factsIn(dataDir));
  onTestFinished(() => ledger.close());

  const sim = async (path: string, body?: object): Promise<unknown> => {
    const post = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
    const response = await fetch(`${factsIn(dataDir).urls["sim"] ?? ""}${path}`, body === undefined ? {} : post);
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response.json();
  };
  const { slack } = factsIn(dataDir);
  return {
    facts: () => factsIn(dataDir),
    ledger,
    say: async (text, threadTs) => {
      const act = threadTs === undefined ? { do: "say" } : { do: "reply", threadTs };
      return z
        .object({ ts: z.string() })
        .parse(await sim("/_sim/act", { sim: "slack", ...act, as: slack.user, channel: slack.channel, text })).ts;
    },
    thread: async (ts) =>
      z.object({ messages: z.array(Message) }).parse(await sim(`/_sim/slack/thread/${slack.channel}/${ts}`)).messages,
    sim: (path) => sim(path),
    act: (deed) => sim("/_sim/act", deed),
    kill: (name) => {
      const pid = factsIn(dataDir).children[name];
      if (pid === undefined) throw new Error(`no child named ${name}`);
      try {
        return process.kill(pid, "SIGKILL");
      } catch {
        return false;
      }
    },
    stop,
  };
}

/** The runs of a thread's conversation, oldest first. */
export async function runsOf({ ledger, facts }: Stack, threadTs: string) {
  const known = await ledger.anchorOf({ type: "slack.thread", value: `${facts().slack.channel}/${threadTs}` });
  if (known.kind === "unknown") return [];
  return (await ledger.triggersOf({ anchorId: known.anchorId, limit: 50 })).toReversed();
}

/** What a person would call an end: an answer, or an honest notice; the live message while it works is neither. */
export const isOutcome = ({ byBot, metadata, text }: Message) =>
  byBot && (metadata?.event_type === "thor_control" ? text.startsWith("❌") : !text.includes("Still trying"));
