/** What health says, from facts: only a queue that cannot move is an error. */
export const STALE_MS = 15 * 60_000;

export type Neighbour = "ok" | "unreachable";
type Ledger = { kind: "ok"; schema: number; walBytes: number } | { kind: "failed"; error: string };

interface QueueCounts {
  kind: "counted";
  isPaused: boolean;
  pending: number;
  claimed: number;
  dead: number;
  lanes: { busy: number; backoff: number; stopped: number };
  /** Lanes that nobody claimed for longer than the threshold. */
  overdue: number;
  oldestPendingReceivedAt?: number | undefined;
  oldestDueAt?: number | undefined;
  outbox: { pending: number; failed: number; oldestCreatedAt?: number | undefined };
}

export interface HealthFacts {
  now: number;
  startedAt: number;
  version: string;
  isStopping: boolean;
  ledger: Ledger;
  queue: QueueCounts | { kind: "failed"; error: string };
  runnerUrl: string;
  services: { runner: Neighbour; remoteCli: Neighbour };
  slack: SlackHealth;
  github: { configured: boolean; lastDeliveryAt?: number | undefined };
  /** Which thor.json is in force, and whether the one on disk is faulty. */
  config: { version: string; degraded: boolean };
}

export interface SlackHealth {
  mode: "off" | "http" | "socket";
  identity: "absent" | "learning" | "known" | "refused";
  /** Whether the socket is open, and whether it fails to open time and again; absent where Slack posts. */
  connected?: boolean | undefined;
  failing?: boolean | undefined;
  team?: string | undefined;
  lastEventAt?: number | undefined;
}

type Status = "ok" | "degraded" | "error";

function queueDetail(facts: HealthFacts): { isBroken: boolean; queue: object; outbox: object } {
  const { now, queue } = facts;
  if (queue.kind === "failed") {
    const error = `queue snapshot failed: ${queue.error}`;
    return { isBroken: true, queue: { status: "error", staleThresholdMs: STALE_MS, error }, outbox: {} };
  }
  const { pending, claimed, dead, lanes, oldestDueAt, oldestPendingReceivedAt: oldest, outbox, isPaused } = queue;
  const isStale = !isPaused && oldestDueAt !== undefined && now - oldestDueAt > STALE_MS;
  return {
    isBroken: isStale,
    queue: {
      status: isStale ? "error" : "ok",
      pendingCount: pending,
      staleThresholdMs: STALE_MS,
      staleEventCount: queue.overdue,
      ...(oldest === undefined ? {} : { oldestPendingReceivedAt: oldest, oldestPendingAgeMs: now - oldest }),
      claimed,
      busy: lanes.busy,
      backoff: lanes.backoff,
      stopped: lanes.stopped,
      paused: isPaused,
      deadLetterCount: dead,
    },
    outbox: {
      pending: outbox.pending,
      failed: outbox.failed,
      ...(outbox.oldestCreatedAt === undefined ? {} : { oldestAgeMs: now - outbox.oldestCreatedAt }),
    },
  };
}

const ledgerDetail = (ledger: Ledger) =>
  ledger.kind === "ok"
    ? { writable: true, schema: ledger.schema, walBytes: ledger.walBytes }
    : { writable: false, error: ledger.error };

/** A failing neighbour, a refused Slack token, a closed socket or a faulty thor.json is a degradation, not an error. */
export function judgeHealth(facts: HealthFacts) {
  const { now, slack, github, services, config, ledger, runnerUrl, version, isStopping } = facts;
  const { isBroken: isQueueBroken, queue, outbox } = queueDetail(facts);
  const isBroken = ledger.kind === "failed" || isQueueBroken || isStopping;
  const hasSlack = slack.mode === "off" || (slack.identity === "known" && slack.failing !== true);
  const isReady = hasSlack && services.runner === "ok";
  const isWhole = isReady && services.remoteCli === "ok" && !config.degraded;
  const status: Status = isBroken ? "error" : isWhole ? "ok" : "degraded";
  return {
    status,
    /** Whether what comes in would be worked on right now. */
    ready: !isBroken && isReady,
    service: "gateway" as const,
    version,
    uptimeMs: now - facts.startedAt,
    configured: { slack: slack.mode !== "off", github: github.configured },
    runnerUrl,
    services,
    queue,
    outbox,
    slack,
    github: github.lastDeliveryAt === undefined ? {} : { lastDeliveryAt: github.lastDeliveryAt },
    config,
    ledger: ledgerDetail(ledger),
  };
}
export type Health = ReturnType<typeof judgeHealth>;
