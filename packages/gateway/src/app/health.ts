/** Gathers what health is judged from. */
import { systemClock } from "@thor/kit/system-clock";

import manifest from "../../package.json" with { type: "json" };
import { createServiceHealth } from "../adapters/service-health.ts";
import { judgeHealth, STALE_MS, type Health, type HealthFacts } from "../core/health.ts";
import type { Parts } from "./parts.ts";
import type { SlackSide } from "./slack.ts";

export interface HealthSources {
  slack: SlackSide | undefined;
  /** When GitHub last delivered; undefined where GitHub is not set up. */
  github: { lastDeliveryAt: () => number | undefined } | undefined;
  isStopping: () => boolean;
}

/** What can be said of the queue, or why nothing can. */
const createQueueFacts =
  ({ ledger }: Parts) =>
  async (now: number): Promise<HealthFacts["queue"]> => {
    try {
      const [stats, overdue, paused] = await Promise.all([
        ledger.queueStats(),
        ledger.overdueLanes({ before: now - STALE_MS }),
        ledger.dispatchPaused(),
      ]);
      return { kind: "counted", ...stats, overdue, isPaused: paused };
    } catch (err) {
      return { kind: "failed", error: err instanceof Error ? err.message : String(err) };
    }
  };

export function createHealthCheck(parts: Parts, { slack, github, isStopping }: HealthSources): () => Promise<Health> {
  const { config, ledger, view } = parts;
  const startedAt = systemClock.now();
  const runner = createServiceHealth(config.runnerUrl);
  const remoteCli = createServiceHealth(config.remoteCliUrl);
  const queueFacts = createQueueFacts(parts);
  return async () => {
    const now = systemClock.now();
    const [probe, queue, runnerState, remoteState] = await Promise.all([
      ledger.probe(),
      queueFacts(now),
      runner(),
      remoteCli(),
    ]);
    return judgeHealth({
      now,
      startedAt,
      version: manifest.version,
      isStopping: isStopping(),
      ledger: probe.kind === "ok" ? probe : { kind: "failed", error: probe.kind },
      queue,
      runnerUrl: config.runnerUrl,
      services: { runner: runnerState, remoteCli: remoteState },
      slack: slack?.health() ?? { mode: "off", identity: "absent" },
      github: { configured: github !== undefined, lastDeliveryAt: github?.lastDeliveryAt() },
      config: { version: view.version(), degraded: view.degraded() },
    });
  };
}
