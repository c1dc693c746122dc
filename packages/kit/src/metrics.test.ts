import { fastify } from "fastify";
import { expect, it } from "vitest";

import { addMetrics, createMetrics } from "./metrics.ts";
import { silentLog } from "./testing/silent-log.ts";

function stage() {
  const metrics = createMetrics({
    prefix: "test_",
    counted: [
      { metric: "things_total", help: "Things", labels: { kind: "what" }, events: ["made", "found"] },
      {
        metric: "grams_total",
        help: "Grams",
        labels: { kind: "what" },
        events: ["made"],
        amounts: [
          { fact: "glass", labels: { of: "glass" } },
          { fact: "tin", labels: { of: "tin" } },
        ],
      },
    ],
    observed: [
      {
        metric: "making_seconds",
        help: "Making",
        labels: { kind: "what" },
        events: ["made"],
        fact: "tookMs",
        per: 1000,
        buckets: [1, 5],
      },
    ],
  });
  metrics.gauge("waiting", { help: "Waiting", label: "queue", read: () => Promise.resolve({ a: 3, b: 0 }) });
  const server = fastify();
  metrics.watchRequests(server);
  addMetrics(server, { metrics, token: "scraper", isInternal: ({ headers }) => headers["x-secret"] === "inside" });
  const scrape = (headers: Record<string, string>) => server.inject({ url: "/metrics", headers });
  return { metrics, scrape };
}

it("counts and measures log lines by their facts, reads gauges when asked, and times requests", async () => {
  const { metrics, scrape } = stage();
  const log = metrics.counting(silentLog);
  log.info({ event: "made", what: "lamp", tookMs: 2500, glass: 300, tin: 0 }, "made");
  log.warn({ event: "found", what: "lamp" }, "found");
  log.info({ event: "other", what: "lamp" }, "other");
  log.info({ event: "made", what: { secret: "x" } }, "made");
  await scrape({ authorization: "Bearer scraper" });
  const { payload } = await scrape({ "x-secret": "inside" });
  expect(payload).toContain('test_things_total{kind="lamp"} 2');
  expect(payload).toContain('test_things_total{kind=""} 1');
  expect(payload).toContain('test_making_seconds_bucket{le="1",kind="lamp"} 0');
  expect(payload).toContain('test_making_seconds_sum{kind="lamp"} 2.5');
  expect(payload).toContain('test_grams_total{kind="lamp",of="glass"} 300');
  expect(payload).not.toContain('of="tin"');
  expect(payload).toContain('test_waiting{queue="a"} 3');
  expect(payload).toContain('test_requests_total{route="/metrics",status="200"} 1');
});

it("is for holders of a secret only", async () => {
  const { scrape } = stage();
  for (const headers of [{}, { authorization: "Bearer wrong" }, { authorization: "scraper" }])
    expect((await scrape(headers)).statusCode).toBe(401);
});
