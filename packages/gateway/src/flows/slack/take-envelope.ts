/** What Slack's socket carries, by type; the answer says whether it is settled and may be acknowledged. */
import { readInteraction } from "../../core/slack/click/payload.ts";
import { readEnvelope } from "../../core/slack/envelope.ts";
import type { Click } from "./click.ts";
import type { ReceiveSlack } from "./receive.ts";

const UNSETTLED = new Set(["not_ready", "not_stored"]);

export const createTakeEnvelope =
  ({ receive, click }: { receive: ReceiveSlack; click: Click }) =>
  async (type: string, body: unknown): Promise<boolean> => {
    if (type === "events_api") return !UNSETTLED.has((await receive(readEnvelope(body))).kind);
    if (type === "interactive") return !UNSETTLED.has((await click(readInteraction(body))).kind);
    return true;
  };
