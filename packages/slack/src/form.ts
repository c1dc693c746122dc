import { z } from "zod";

import type { SlackApi } from "./client.ts";

/** Shows a form to the person whose press brought `opener`; possible for three seconds after it. */
export const openForm = (api: SlackApi, { opener, view }: { opener: string; view: object }) =>
  api.call("views.open", { trigger_id: opener, view }, z.object({}));
