/** `hey-thor`: what the crontab does, once and by hand. It never prints the secret. */
import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";

import { sha256Hex } from "@thor/kit/derived-key";
import { EnvError } from "@thor/kit/env";
import { openLedger } from "@thor/ledger/open";

import { readCrontab } from "./adapters/crontab-file.ts";
import { createGatewayClient } from "./adapters/gateway-client.ts";
import { createNextTimes } from "./adapters/next-times.ts";
import { listRepositories } from "./adapters/repositories.ts";
import { readConfig, type SchedulerConfig } from "./config.ts";
import { readAnswer } from "./core/answer.ts";
import { localTime } from "./core/crontab/local-time.ts";
import { directoryOf, parseCrontab } from "./core/crontab/parse.ts";
import { statusText } from "./core/crontab/report.ts";
import { type Asked, parseHeyThor, USAGE } from "./core/hey-thor-args.ts";

const EXIT = { ok: 0, usage: 2, refused: 3, unreachable: 4 };
const SHOWN_TIMES = 5;
const LINK_WITHIN_MS = 8000;
const LINK_POLL_MS = 200;

const out = (line: string) => void process.stdout.write(`${line}\n`);
const err = (line: string) => void process.stderr.write(`hey-thor: ${line}\n`);

/** Reads and judges a crontab as the scheduler would, and shows what it would say. */
async function show(config: SchedulerConfig, file: string): Promise<number> {
  const reading = await readCrontab(file);
  if (reading.kind !== "text") {
    err(reading.kind === "missing" ? `${file} is not there` : `${file}: ${reading.reason}`);
    return EXIT.usage;
  }
  const times = createNextTimes();
  const now = Date.now();
  const crontab = parseCrontab(reading.text, {
    ...config,
    repos: await listRepositories(config.reposRoot),
    hash: sha256Hex,
    comes: (schedule, zone) => times.after(schedule, zone, now) !== undefined,
  });
  const next = ({ schedule, zone }: { schedule: string; zone: string }) =>
    times.upcoming(schedule, zone, { at: now, count: SHOWN_TIMES }).map((at) => localTime(at, zone));
  process.stdout.write(statusText(crontab, { notice: undefined, times: next }));
  return crontab.invalid.length === 0 ? EXIT.ok : EXIT.usage;
}

/** Where the conversation can be watched, as soon as it has begun. */
async function linkOf(config: SchedulerConfig, eventId: string): Promise<string | undefined> {
  const { databaseUrl: url, secret, runnerBaseUrl = "" } = config;
  const opened = await openLedger({ url, service: "hey-thor", instance: String(process.pid), secret });
  if (opened.kind !== "opened") return undefined;
  try {
    const end = performance.now() + LINK_WITHIN_MS;
    while (performance.now() < end) {
      const anchorId = (await opened.ledger.getEvent({ eventId }))?.anchorId;
      if (anchorId !== undefined) return `${runnerBaseUrl}/runner/v/${anchorId}`;
      await pause(LINK_POLL_MS);
    }
    return undefined;
  } finally {
    await opened.ledger.close();
  }
}

async function post(config: SchedulerConfig, asked: Extract<Asked, { kind: "post" }>): Promise<number> {
  const repos = await listRepositories(config.reposRoot);
  const directory = directoryOf(asked.dir === undefined ? undefined : { text: asked.dir, column: 1 }, {
    ...config,
    repos,
  });
  if (directory.kind === "fault") {
    err(directory.fault.message);
    return EXIT.usage;
  }
  const { prompt, key } = asked;
  const body = { prompt, directory: directory.value, ...(key === undefined ? {} : { correlationKey: key }) };
  if (asked.isDry) {
    out(JSON.stringify(body, null, 2));
    return EXIT.ok;
  }
  const send = createGatewayClient({ url: config.gatewayUrl, secret: config.cronSecret });
  const reading = readAnswer(await send(body, `manual:${randomUUID()}`));
  if (reading.kind !== "fired") {
    err(reading.kind === "retry" ? reading.error : reading.reason);
    return reading.kind === "retry" ? EXIT.unreachable : EXIT.refused;
  }
  out(reading.correlationKey);
  const link = reading.eventId === undefined ? undefined : await linkOf(config, reading.eventId);
  out(link ?? "The conversation has not begun yet; it waits in the queue.");
  return EXIT.ok;
}

async function run(args: readonly string[]): Promise<number> {
  const asked = parseHeyThor(args);
  switch (asked.kind) {
    case "help":
      process.stdout.write(USAGE);
      return EXIT.ok;
    case "usage":
      err(asked.message);
      process.stderr.write(USAGE);
      return EXIT.usage;
    case "list":
    case "check": {
      const config = readConfig(process.env);
      return show(config, asked.kind === "check" ? (asked.file ?? config.crontab) : config.crontab);
    }
    case "post":
      return post(readConfig(process.env), asked);
  }
}

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (fault) {
  if (!(fault instanceof EnvError)) throw fault;
  err(fault.message);
  process.exitCode = EXIT.usage;
}
