/** Webhooks as GitHub sends them: signed, listed, and never repeated by themselves. */
import { createHmac, randomUUID } from "node:crypto";

import { z } from "zod";

import type { World } from "../world/world.ts";
import { fullName, type Hub, type Repository } from "./hub.ts";

const ANSWER_WITHIN_MS = 10_000;
const NO_COMMIT = "0".repeat(40);

const HookDelivery = z.object({
  guid: z.string(),
  event: z.string(),
  at: z.number(),
  body: z.string(),
  status: z.number().optional(),
});
type HookDelivery = z.infer<typeof HookDelivery>;

export interface Webhooks {
  /** Tells of every branch that a push moved. */
  pushed: (repository: Repository, before: Record<string, string>, after: Record<string, string>) => void;
  list: () => HookDelivery[];
}

export function createWebhooks(world: World, hub: Hub, url: string | undefined): Webhooks {
  const rows = world.store.collection("github.deliveries", HookDelivery);

  const deliver = async (event: string, payload: object): Promise<void> => {
    const body = JSON.stringify(payload);
    const row = { guid: randomUUID(), event, at: world.clock.now(), body };
    rows.put(row.guid, row);
    if (url === undefined) return;
    const proof = createHmac("sha256", hub.webhookSecret).update(body).digest("hex");
    const headers = {
      "content-type": "application/json",
      "user-agent": "GitHub-Hookshot/sim",
      "x-github-delivery": row.guid,
      "x-github-event": event,
      "x-github-hook-id": "1",
      "x-github-hook-installation-target-type": "integration",
      "x-hub-signature-256": `sha256=${proof}`,
    };
    try {
      const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
      const { status } = await fetch(url, { method: "POST", body, headers, signal, redirect: "manual" });
      rows.put(row.guid, { ...row, status });
    } catch {
      rows.put(row.guid, { ...row, status: 0 });
    }
  };

  return {
    pushed: (repository, before, after) => {
      for (const branch of new Set([...Object.keys(before), ...Object.keys(after)])) {
        const [from = NO_COMMIT, to = NO_COMMIT] = [before[branch], after[branch]];
        if (from === to) continue;
        world.traffic.tell("github", { repository: fullName(repository), branch });
        const { id, name, owner, defaultBranch } = repository;
        void deliver("push", {
          ref: `refs/heads/${branch}`,
          before: from,
          after: to,
          created: from === NO_COMMIT,
          deleted: to === NO_COMMIT,
          forced: false,
          repository: {
            id,
            name,
            full_name: fullName(repository),
            owner: { login: owner },
            default_branch: defaultBranch,
            private: true,
          },
          sender: { login: `${hub.app.slug}[bot]`, id: hub.app.botId, type: "Bot" },
          installation: { id: hub.app.installationId },
          commits: [],
        });
      }
    },
    list: () => rows.all(),
  };
}
