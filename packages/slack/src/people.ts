/** Who somebody is to the workspace, and who belongs to a user group. */
import { z } from "zod";

import type { SlackApi } from "./client.ts";
import type { Answer } from "./pure/answer.ts";

const flag = z.boolean().default(false);
const Info = z.object({
  user: z.object({
    id: z.string(),
    team_id: z.string().optional(),
    deleted: flag,
    is_bot: flag,
    is_restricted: flag,
    is_ultra_restricted: flag,
    is_stranger: flag,
  }),
});
const Members = z.object({ users: z.array(z.string()) });

export interface SlackPerson {
  id: string;
  teamId: string | undefined;
  isActive: boolean;
  isBot: boolean;
  /** A guest, or a member of another organisation. */
  isOutsider: boolean;
}

export async function readPerson(api: SlackApi, id: string): Promise<Answer<SlackPerson>> {
  const answer = await api.call("users.info", { user: id }, Info);
  if (answer.kind !== "ok") return answer;
  const { user } = answer.body;
  const isOutsider = user.is_restricted || user.is_ultra_restricted || user.is_stranger;
  const person = { id: user.id, teamId: user.team_id, isActive: !user.deleted, isBot: user.is_bot, isOutsider };
  return { kind: "ok", body: person };
}

export async function readGroupMembers(api: SlackApi, id: string): Promise<Answer<readonly string[]>> {
  const answer = await api.call("usergroups.users.list", { usergroup: id }, Members);
  return answer.kind === "ok" ? { kind: "ok", body: answer.body.users } : answer;
}
