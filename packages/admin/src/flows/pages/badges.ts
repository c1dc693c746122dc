/** The way to every page, with what wants attention there. */
import type { Reads } from "@thor/ledger/port";
import type { NavGroup } from "@thor/views/ui/shell";

const DAY_MS = 86_400_000;

const item = (word: string, path: string, more: { key: string; badge?: number; badgeWord?: string }) => ({
  word,
  href: `/admin${path}`,
  ...more,
});

/** Pages by group, in the order of the menu. */
export async function navOf(
  reads: Pick<Reads, "queueStats" | "attentionCounts">,
  now: number,
): Promise<readonly NavGroup[]> {
  const [queue, counts] = await Promise.all([reads.queueStats(), reads.attentionCounts({ since: now - DAY_MS })]);
  return [
    {
      word: "Work",
      items: [
        item("Overview", "", { key: "o" }),
        item("Conversations", "/conversations", { key: "c" }),
        item("Queue", "/queue", { key: "q", badge: queue.dead, badgeWord: "dead letters" }),
        item("Approvals", "/approvals", { key: "a", badge: counts.approvals, badgeWord: "waiting" }),
        item("Schedules", "/schedules", { key: "s" }),
      ],
    },
    {
      word: "Control",
      items: [
        item("Integrations", "/integrations", { key: "i", badge: counts.broken, badgeWord: "not working" }),
        item("Config", "/config", { key: "f" }),
        item("Egress", "/egress", { key: "e", badge: counts.blocked, badgeWord: "newly blocked" }),
      ],
    },
    {
      word: "Record",
      items: [
        item("Audit", "/audit", { key: "l" }),
        item("Usage", "/usage", { key: "u" }),
        item("System", "/system", { key: "y" }),
      ],
    },
  ];
}
