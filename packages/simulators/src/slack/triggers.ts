/** Trigger ids: what a person's press lets the app do, once and within three seconds. */
import type { World } from "../world/world.ts";
import { SlackError } from "./slack-error.ts";

const VALID_MS = 3000;

export function createTriggers({ clock, ids }: World) {
  const triggers = new Map<string, { user: string; until: number; isUsed: boolean }>();
  return {
    issue: (user: string): string => {
      const id = `${clock.now()}.${ids.next("T", 12)}.${ids.next("", 32).toLowerCase()}`;
      triggers.set(id, { user, until: clock.now() + VALID_MS, isUsed: false });
      return id;
    },
    /** The person behind the id, which is spent by this. */
    exchange: (id: string): string => {
      const trigger = triggers.get(id);
      if (trigger === undefined) throw new SlackError("invalid_trigger_id");
      if (trigger.isUsed) throw new SlackError("exchanged_trigger_id");
      if (trigger.until <= clock.now()) throw new SlackError("expired_trigger_id");
      trigger.isUsed = true;
      return trigger.user;
    },
  };
}
