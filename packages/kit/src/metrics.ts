/** Prometheus metrics of a service: what its log lines count, its requests, and gauges read when somebody asks. */
import type { FastifyInstance, FastifyRequest } from "fastify";
import { Counter, Gauge, Histogram, Registry } from "prom-client";

import { isSameSecret } from "./derived-key.ts";
import type { Log } from "./flow/log.ts";

type Facts = Readonly<Record<string, unknown>>;

/** One counter: which log events it counts, and the facts of the line that become labels. */
export interface CountedEvent {
  metric: string;
  help: string;
  /** Label → the fact it is taken from. */
  labels: Readonly<Record<string, string>>;
  events: readonly string[];
  /** The facts that are added up, each under labels of its own; without them every line counts as one. */
  amounts?: readonly { fact: string; labels: Readonly<Record<string, string>> }[];
}

/** One histogram: the fact of log events that is a number, and the facts that become labels. */
export interface ObservedEvent {
  metric: string;
  help: string;
  labels: Readonly<Record<string, string>>;
  events: readonly string[];
  /** The fact that is observed, and what it is divided by to become the metric's unit. */
  fact: string;
  per: number;
  buckets: readonly number[];
}

const labelOf = (fact: unknown) => (typeof fact === "string" || typeof fact === "number" ? String(fact) : "");

const labelled = (labels: CountedEvent["labels"], facts: Facts): Record<string, string> =>
  Object.fromEntries(Object.entries(labels).map(([label, fact]) => [label, labelOf(facts[fact])]));

/** What a line adds to a counter. */
function additionsOf({ labels, amounts }: CountedEvent, facts: Facts) {
  const common = labelled(labels, facts);
  if (amounts === undefined) return [{ labels: common, value: 1 }];
  return amounts.flatMap(({ fact, labels: own }) => {
    const value = facts[fact];
    return typeof value === "number" && value > 0 ? [{ labels: { ...common, ...own }, value }] : [];
  });
}

/** Calls through to a log after looking at the facts. */
const tapped =
  (look: (facts: Parameters<Log["info"]>[0]) => void, write: Log["info"]): Log["info"] =>
  (facts, text) => {
    look(facts);
    write(facts, text);
  };

/** Counts and times every request of a server by its route. */
function createRequestWatch(prefix: string, registers: Registry[]) {
  const requests = new Counter({
    name: `${prefix}requests_total`,
    help: "Requests by route and status",
    labelNames: ["route", "status"],
    registers,
  });
  const seconds = new Histogram({
    name: `${prefix}request_seconds`,
    help: "How long requests took",
    labelNames: ["route"],
    buckets: [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  });
  return (server: FastifyInstance): void => {
    server.addHook("onResponse", (request, reply, done) => {
      const route = request.routeOptions.url ?? "unknown";
      requests.inc({ route, status: String(reply.statusCode) });
      seconds.observe({ route }, reply.elapsedTime / 1000);
      done();
    });
  };
}

/** A registry under a prefix, with the log as its source of counts. */
export function createMetrics(options: {
  prefix: string;
  counted: readonly CountedEvent[];
  observed?: readonly ObservedEvent[];
}) {
  const { prefix, counted, observed = [] } = options;
  const registry = new Registry();
  const registers = [registry];
  const byEvent = new Map<string, ((facts: Facts) => void)[]>();
  const on = (event: string, take: (facts: Facts) => void) => byEvent.set(event, [...(byEvent.get(event) ?? []), take]);
  for (const each of counted) {
    const { metric, help, labels, events, amounts = [] } = each;
    const labelNames = [...new Set([labels, ...amounts.map((amount) => amount.labels)].flatMap(Object.keys))];
    const counter = new Counter({ name: prefix + metric, help, labelNames, registers });
    const add = (facts: Facts) => {
      for (const { labels: own, value } of additionsOf(each, facts)) counter.inc(own, value);
    };
    for (const event of events) on(event, add);
  }
  for (const { metric, help, labels, events, fact, per, buckets } of observed) {
    const base = { name: prefix + metric, help, labelNames: Object.keys(labels), registers };
    const histogram = new Histogram({ ...base, buckets: [...buckets] });
    const observe = (facts: Facts) => {
      const value = facts[fact];
      if (typeof value === "number") histogram.observe(labelled(labels, facts), value / per);
    };
    for (const event of events) on(event, observe);
  }

  const count = (facts: { event: string } & Facts) => {
    for (const take of byEvent.get(facts.event) ?? []) take(facts);
  };

  return {
    /** The same log, counted on its way. */
    counting: (log: Log): Log => ({
      debug: tapped(count, (facts, text) => log.debug(facts, text)),
      info: tapped(count, (facts, text) => log.info(facts, text)),
      warn: tapped(count, (facts, text) => log.warn(facts, text)),
      error: tapped(count, (facts, text) => log.error(facts, text)),
    }),
    /** Gauges of one name by label, read at the moment somebody asks. */
    gauge: (
      name: string,
      gauge: { help: string; label: string; read: () => Promise<Readonly<Record<string, number>>> },
    ) => {
      const { help, label, read } = gauge;
      const made: Gauge = new Gauge({
        name: prefix + name,
        help,
        labelNames: [label],
        registers,
        collect: async () => {
          made.reset();
          for (const [value, number] of Object.entries(await read())) made.set({ [label]: value }, number);
        },
      });
    },
    watchRequests: createRequestWatch(prefix, registers),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
export type Metrics = ReturnType<typeof createMetrics>;

/** GET /metrics, for holders of an internal secret or of the scraper's own token. */
export function addMetrics(
  server: FastifyInstance,
  given: { metrics: Metrics; token: string | undefined; isInternal: (request: FastifyRequest) => boolean },
): void {
  const { metrics, token, isInternal } = given;
  const isScraper = ({ headers }: FastifyRequest) =>
    token !== undefined && isSameSecret(headers.authorization ?? "", `Bearer ${token}`);
  server.get("/metrics", async (request, reply) => {
    if (!isInternal(request) && !isScraper(request)) return reply.code(401).send({ error: "unauthorized" });
    return reply.type(metrics.contentType).send(await metrics.text());
  });
}
