/** Which of GitHub's deliveries nobody has taken. */
import { z } from "zod";

export const HookDeliveries = z.array(
  z.object({
    id: z.number(),
    /** The same for every attempt at one delivery. */
    guid: z.string(),
    /** As ms. */
    delivered_at: z.iso
      .datetime({ offset: true })
      .pipe(z.coerce.date())
      .transform((date) => date.getTime()),
    status_code: z.number(),
  }),
);
export type HookDeliveries = z.output<typeof HookDeliveries>;

const wasTaken = ({ status_code }: HookDeliveries[number]) => status_code >= 200 && status_code < 300;

/** The newest attempt of each delivery since `since` (ms) of which no attempt was taken, oldest first. */
export function untaken(deliveries: HookDeliveries, since: number): number[] {
  const taken = new Set(deliveries.filter(wasTaken).map(({ guid }) => guid));
  const recent = deliveries.filter(({ guid, delivered_at: at }) => !taken.has(guid) && at >= since);
  const newest = new Map<string, number>();
  for (const { guid, id } of recent) newest.set(guid, Math.max(id, newest.get(guid) ?? 0));
  return [...newest.values()].toSorted((one, other) => one - other);
}
