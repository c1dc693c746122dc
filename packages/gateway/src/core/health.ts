import type { Json } from "@thor/domain/json";

const STALE_MS = 15 * 60_000;

export interface HealthFacts {
  now: number;
  startedAt: number;
  isStopping: boolean;
  ledger: { kind: "ok" } | { kind: "failed"; error: string };
  /** The earliest due time of a lane that nobody holds. */
  oldestDueAt?: number | undefined;
  queue: Json;
  slack: "absent" | "learning" | "known" | "refused";
  runner: "ok" | "unreachable";
  /** Which thor.json is in force, and whether the one on disk is faulty. */
  config: { version: string; degraded: boolean };
}

export interface Health {
  status: "ok" | "degraded" | "error";
  service: "gateway";
  /** Whether a mention would be answered right now. */
  ready: boolean;
  uptimeMs: number;
  ledger: HealthFacts["ledger"];
  queue: Json;
  slack: HealthFacts["slack"];
  services: { runner: HealthFacts["runner"] };
  config: HealthFacts["config"];
}

/** Only a queue that cannot move is an error; a failing neighbour, a refused Slack token or a faulty thor.json is a degradation. */
export function judgeHealth(facts: HealthFacts): Health {
  const { now, ledger, oldestDueAt, slack, runner, isStopping, queue, config } = facts;
  const isStale = oldestDueAt !== undefined && now - oldestDueAt > STALE_MS;
  const isBroken = ledger.kind === "failed" || isStale || isStopping;
  const isWhole = slack === "known" && runner === "ok";
  return {
    status: isBroken ? "error" : isWhole && !config.degraded ? "ok" : "degraded",
    service: "gateway",
    ready: !isBroken && isWhole,
    uptimeMs: now - facts.startedAt,
    ledger,
    queue,
    slack,
    services: { runner },
    config,
  };
}
