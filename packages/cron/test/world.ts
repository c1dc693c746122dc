/** The scheduler over a real ledger, in front of a gateway that a test scripts; its clock moves when told. */
import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";

import { CronRequest } from "@thor/domain/cron-event";
import type { Log } from "@thor/kit/flow/log";
import type { RunningService } from "@thor/kit/run-service";
import { eventually } from "@thor/kit/testing/eventually";
import { silentLog } from "@thor/kit/testing/silent-log";
import { tempDir } from "@thor/kit/testing/temp-dir";
import { openLedger } from "@thor/ledger/open";
import type { Ledger } from "@thor/ledger/port";
import { onTestFinished } from "vitest";

import { startScheduler } from "../src/app.ts";
import { readConfig } from "../src/config.ts";

export const CRON_SECRET = "scheduler-test-cron-secret-of-40-characters";
const INTERNAL_SECRET = "scheduler-test-internal-secret-of-40-chars";

interface Post {
  body: CronRequest;
  key: string;
  authorization: string;
}
type Script = (post: Post, call: number) => { status: number; body?: object } | "hang up";

/** A gateway that remembers keys as the real one does, and can lose its answer. */
async function startGateway(script: () => Script | undefined) {
  const posts: Post[] = [];
  const taken = new Map<string, object>();
  const take = (post: Post) => {
    const known = taken.get(post.key);
    if (known !== undefined) return { ...known, duplicate: true };
    const first = {
      ok: true,
      correlationKey: post.body.correlationKey ?? `cron:${taken.size}:1`,
      eventId: randomUUID(),
    };
    taken.set(post.key, first);
    return first;
  };
  const server = createServer((request, response) => {
    let text = "";
    request.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
    request.on("end", () => {
      const { "idempotency-key": key, authorization = "" } = request.headers;
      const post = { body: CronRequest.parse(JSON.parse(text)), key: String(key), authorization };
      posts.push(post);
      const answer = script()?.(post, posts.length) ?? { status: 200 };
      const body = answer === "hang up" || answer.status === 200 ? take(post) : {};
      if (answer === "hang up") response.destroy();
      else
        response
          .writeHead(answer.status, { "content-type": "application/json" })
          .end(JSON.stringify({ ...body, ...answer.body }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
  return { url, posts, taken };
}

export interface World {
  workspace: string;
  crontab: string;
  env: Readonly<Record<string, string>>;
  ledger: Ledger;
  posts: Post[];
  /** Keys that the gateway has taken: one per run. */
  taken: ReadonlyMap<string, object>;
  script: (next: Script | undefined) => void;
  now: () => number;
  advance: (ms: number) => void;
  write: (...lines: string[]) => void;
  remove: () => void;
  status: () => string;
  start: (log?: Log) => Promise<RunningService>;
  /** The scheduler has read the file as it is now. */
  loaded: (jobs: number) => Promise<unknown>;
  runs: () => ReturnType<Ledger["listScheduleRuns"]>;
}

/** Half a minute past a full hour, so that the next minutes are known. */
const START = Date.UTC(2026, 4, 4, 10, 0, 30);

export async function createWorld(): Promise<World> {
  const workspace = tempDir();
  for (const folder of ["repos/demo", "cron", "data"]) mkdirSync(join(workspace, folder), { recursive: true });
  const crontab = join(workspace, "cron", "crontab");
  let offset = START - Date.now();
  const clock = { now: () => Date.now() + offset, chance: () => 0.5 };
  let script: Script | undefined;
  const gateway = await startGateway(() => script);
  const env = {
    THOR_WORKSPACE_DIR: workspace,
    THOR_INTERNAL_SECRET: INTERNAL_SECRET,
    GATEWAY_URL: gateway.url,
    CRON_SECRET,
    SLACK_DEFAULT_REPO: "demo",
  };
  const store = { url: `sqlite:${workspace}/data/thor.db`, service: "test", instance: "test", secret: INTERNAL_SECRET };
  const opened = await openLedger({ ...store, clock });
  if (opened.kind !== "opened") throw new Error(`the ledger did not open: ${opened.kind}`);
  const { ledger } = opened;
  onTestFinished(() => ledger.close());

  return {
    workspace,
    crontab,
    env,
    ledger,
    posts: gateway.posts,
    taken: gateway.taken,
    script: (next) => {
      script = next;
    },
    now: clock.now,
    advance: (ms) => {
      offset += ms;
    },
    write: (...lines) => writeFileSync(crontab, `${lines.join("\n")}\n`),
    remove: () => rmSync(crontab),
    status: () => (existsSync(`${crontab}.status`) ? readFileSync(`${crontab}.status`, "utf8") : ""),
    start: async (log = silentLog) => {
      const running = await startScheduler(readConfig(env), log, { clock });
      let isClosed = false;
      const close = async () => {
        if (!isClosed) await running.close();
        isClosed = true;
      };
      onTestFinished(close);
      return { close };
    },
    loaded: (jobs) =>
      eventually(`${jobs} jobs are loaded`, async () => {
        const lines = await ledger.listSchedule();
        return lines.filter(({ valid }) => valid === 1).length === jobs || undefined;
      }),
    runs: () => ledger.listScheduleRuns({ limit: 200 }),
  };
}
