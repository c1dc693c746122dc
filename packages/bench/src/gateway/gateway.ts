/** `pnpm bench:gateway`: acknowledgement, hand-over, growth and memory of the gateway, as ratios within one run. */
import { createServer } from "node:http";

import { openLedger } from "@thor/ledger/open";

import { missed, type Measure, quantile, renderReport } from "../report.ts";
import { freePort, startNeighbours, type Neighbours } from "./fake-neighbours.ts";
import {
  CRON,
  makeWorkspace,
  removeWorkspace,
  SECRET,
  SIGNING,
  startGatewayProcess,
  warmGateway,
  WEBHOOK,
} from "./gateway-process.ts";
import { cronPrompts, githubComments, sendAll, slackMentions, type Sent, type Source } from "./load.ts";

interface Sizes {
  warmUp: number;
  acks: number;
  burst: number;
  known: readonly [few: number, many: number];
}
const FULL: Sizes = { warmUp: 300, acks: 600, burst: 5000, known: [1000, 100_000] };
const QUICK: Sizes = { warmUp: 50, acks: 100, burst: 300, known: [100, 2000] };

const DRAIN_MS = 180_000;

const tookOf = (sent: readonly Sent[]) => sent.map(({ tookMs }) => tookMs);
/** Conversations that exist already, written as the ledger itself writes them. */
async function fill(workspace: string, count: number): Promise<void> {
  const opened = await openLedger({
    url: `sqlite:${workspace}/data/thor.db`,
    service: "bench",
    instance: "fill",
    secret: SECRET,
  });
  if (opened.kind !== "opened") throw new Error(`the ledger did not open: ${opened.kind}`);
  const BATCH = 1000;
  for (let from = 0; from < count; from += BATCH) {
    const keys = Array.from(
      { length: Math.min(BATCH, count - from) },
      (_, at) => `slack:thread:COLD/${1_600_000_000 + from + at}.000001`,
    );
    await Promise.all(keys.map((correlationKey) => opened.ledger.mintAnchor({ correlationKey, source: "slack" })));
  }
  await opened.ledger.close();
}

/** The reference: what the same client measures against a server that does nothing at all. */
async function bareAckMs(concurrency: number, count: number): Promise<number> {
  const server = createServer((request, response) => {
    request.resume();
    request.on("end", () => response.end("{}"));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const mentions = slackMentions(`http://127.0.0.1:${port}/`, SIGNING);
  // The client's own code is as warm then as it is when the gateway is measured.
  await sendAll(mentions, { count, concurrency, first: 0 });
  const sent = await sendAll(mentions, { count, concurrency, first: 0 });
  server.closeAllConnections();
  server.close();
  return quantile(tookOf(sent), 0.5);
}

async function heardAll(neighbours: Neighbours, keys: ReadonlySet<string>): Promise<{ lost: number; doubled: number }> {
  const until = Date.now() + DRAIN_MS;
  const count = () => neighbours.heard.filter(({ key }) => keys.has(key)).length;
  while (count() < keys.size && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 50));
  const heard = neighbours.heard.filter(({ key }) => keys.has(key)).map(({ key }) => key);
  const distinct = new Set(heard).size;
  return { lost: keys.size - distinct, doubled: heard.length - distinct };
}

/** From acknowledgement to the runner, for mentions sent one at a time. */
function handOverMs(sent: readonly Sent[], neighbours: Neighbours): number[] {
  const heardAt = new Map(neighbours.heard.map(({ key, at }) => [key, at]));
  return sent.map(({ key, ackedAt }) => (heardAt.get(key) ?? Number.POSITIVE_INFINITY) - ackedAt);
}

interface WorldResult {
  acks: Map<number, number[]>;
  /** Acknowledgements of the other sources at 16 connections. */
  others: Map<"github" | "cron", number[]>;
  handOver: number;
  burst: { lost: number; doubled: number; drainMs: number; worstAckMs: number };
  peakMib: number;
}

/** One gateway over a ledger with so many known conversations. */
async function measureWorld(known: number, sizes: Sizes): Promise<WorldResult> {
  const workspace = makeWorkspace();
  await fill(workspace, known);
  const neighbours = await startNeighbours();
  const gateway = await startGatewayProcess(workspace, await freePort(), neighbours);
  let first = 0;
  const mentions = slackMentions(`${gateway.url}/slack/events`, SIGNING);
  const send = async (count: number, concurrency: number, source: Source = mentions) => {
    const sent = await sendAll(source, { count, concurrency, first });
    first += count;
    const refused = sent.filter(({ status }) => status !== 200).length;
    if (refused > 0) throw new Error(`${refused} of ${count} deliveries were not acknowledged`);
    await heardAll(neighbours, new Set(sent.map(({ key }) => key)));
    return sent;
  };
  await send(sizes.warmUp, 4);
  const single = await send(Math.min(100, sizes.acks), 1);
  const acks = new Map<number, number[]>();
  for (const concurrency of [1, 16, 64]) acks.set(concurrency, tookOf(await send(sizes.acks, concurrency)));
  const others: WorldResult["others"] = new Map();
  const directory = `${workspace}/repos/demo`;
  others.set("github", tookOf(await send(sizes.acks, 16, githubComments(`${gateway.url}/github/webhook`, WEBHOOK))));
  others.set(
    "cron",
    tookOf(await send(sizes.acks, 16, cronPrompts(`${gateway.url}/cron`, { secret: CRON, directory }))),
  );
  const startedAt = performance.now();
  const burstSent = await sendAll(mentions, { count: sizes.burst, concurrency: 64, first });
  const ends = await heardAll(neighbours, new Set(burstSent.map(({ key }) => key)));
  const drainMs = performance.now() - startedAt;
  const handOver = quantile(handOverMs(single, neighbours), 0.5);
  const peakMib = gateway.peakMib();
  await gateway.stop();
  neighbours.close();
  removeWorkspace(workspace);
  return { acks, others, handOver, burst: { ...ends, drainMs, worstAckMs: Math.max(...tookOf(burstSent)) }, peakMib };
}

const ackOf = (world: WorldResult, concurrency: number, share: number) =>
  quantile(world.acks.get(concurrency) ?? [], share);
const ms = (value: number) => `${value.toFixed(1)} ms`;

function acknowledgements(small: WorldResult, bareMs: number): Measure[] {
  return [1, 16, 64].map((concurrency) => {
    const [p50, p99] = [ackOf(small, concurrency, 0.5), ackOf(small, concurrency, 0.99)];
    const goal = concurrency === 64 ? 50 : 1000;
    const detail = `p50 ${ms(p50)}, ${(p50 / bareMs).toFixed(1)}x a server that does nothing at 64`;
    return {
      id: `A${concurrency}`,
      what: `ack p99 at ${concurrency} connections, ms`,
      value: p99,
      goal,
      must: "at most",
      detail,
    };
  });
}

/** The other sources beside mentions, at the same concurrency in the same run. */
function otherSources(world: WorldResult): Measure[] {
  const slack50 = ackOf(world, 16, 0.5);
  return [...world.others].map(([source, took]) => {
    const p50 = quantile(took, 0.5);
    const what = `ack p50 of ${source} over a mention's at 16 connections`;
    const detail = `${ms(p50)} and ${ms(slack50)}, p99 ${ms(quantile(took, 0.99))}`;
    return { id: `S-${source}`, what, value: p50 / slack50, goal: 2, must: "at most", detail };
  });
}

function burstOf({ burst }: WorldResult, sizes: Sizes, known: number): Measure {
  const what = `of ${sizes.burst} threads at once lost or doubled, ${known} known`;
  const detail = `drained in ${(burst.drainMs / 1000).toFixed(1)} s`;
  return { id: `B${known}`, what, value: burst.lost + burst.doubled, goal: 0, must: "at most", detail };
}

/** `bench gateway [--quick]`: one gateway with few known conversations, one with many, a server that does nothing beside them. */
export async function runGatewayBench(args: string[]): Promise<number> {
  const sizes = args.includes("--quick") ? QUICK : FULL;
  const [few, many] = sizes.known;
  await warmGateway();
  const bareMs = await bareAckMs(64, sizes.acks);
  const small = await measureWorld(few, sizes);
  const large = await measureWorld(many, sizes);
  const worst = Math.max(large.burst.worstAckMs, ackOf(large, 64, 1));
  const [few50, many50] = [ackOf(small, 1, 0.5), ackOf(large, 1, 0.5)];
  const measures: Measure[] = [
    ...acknowledgements(small, bareMs),
    ...otherSources(small),
    {
      id: "W",
      what: `worst ack with ${many} known threads, ms`,
      value: worst,
      goal: 1000,
      must: "at most",
      detail: "burst included",
    },
    {
      id: "G",
      what: `ack of a new thread at ${many} over ${few} known`,
      value: many50 / few50,
      goal: 2,
      must: "at most",
      detail: `${ms(few50)} and ${ms(many50)}`,
    },
    {
      id: "D",
      what: "ack to runner p50, ms",
      value: small.handOver,
      goal: 30,
      must: "at most",
      detail: "one at a time",
    },
    burstOf(small, sizes, few),
    burstOf(large, sizes, many),
    {
      id: "M",
      what: "peak resident memory, MiB",
      value: Math.max(small.peakMib, large.peakMib),
      goal: 160,
      must: "at most",
      detail: `${small.peakMib.toFixed(0)} and ${large.peakMib.toFixed(0)}`,
    },
  ];
  process.stdout.write(`${renderReport(measures)}\n`);
  return missed(measures);
}
