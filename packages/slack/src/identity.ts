import { z } from "zod";

import type { SlackApi } from "./client.ts";

const Identity = z.object({
  team_id: z.string(),
  user_id: z.string(),
  bot_id: z.string(),
  app_id: z.string().optional(),
  enterprise_id: z.string().nullish(),
});

/** Who the token says Thor is: team, bot user and bot id. */
export const readIdentity = (api: SlackApi) => api.call("auth.test", {}, Identity);
