import { z } from "zod";

import type { SlackApi } from "./client.ts";
import type { Answer } from "./pure/answer.ts";

const flag = z.boolean().optional();
const Info = z.object({
  channel: z.object({
    is_private: flag,
    is_im: flag,
    is_mpim: flag,
    is_shared: flag,
    is_ext_shared: flag,
    is_org_shared: flag,
    is_pending_ext_shared: flag,
  }),
});

const readInfo = (api: SlackApi, channel: string) => api.call("conversations.info", { channel }, Info);

/** Whether everybody in the team can read a channel; an incomplete answer means no. */
export async function readVisibility(api: SlackApi, channel: string): Promise<Answer<"open" | "gated">> {
  const answer = await readInfo(api, channel);
  if (answer.kind !== "ok") return answer;
  const { is_private, is_im, is_mpim, is_shared, is_ext_shared, is_org_shared } = answer.body.channel;
  const isClosed = [is_im, is_mpim, is_shared, is_ext_shared, is_org_shared].includes(true);
  return { kind: "ok", body: is_private === false && !isClosed ? "open" : "gated" };
}

/** Who reads a channel: one person, people of the team, or others too; group messages count as shared. */
export async function readAudience(api: SlackApi, channel: string): Promise<Answer<"direct" | "team" | "shared">> {
  const answer = await readInfo(api, channel);
  if (answer.kind !== "ok") return answer;
  const { is_im, is_mpim, is_shared, is_ext_shared, is_org_shared, is_pending_ext_shared } = answer.body.channel;
  if ([is_mpim, is_shared, is_ext_shared, is_org_shared, is_pending_ext_shared].includes(true))
    return { kind: "ok", body: "shared" };
  return { kind: "ok", body: is_im === true ? "direct" : "team" };
}
