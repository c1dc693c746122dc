/** What an operator told a conversation to do, as an event of it keeps it. */
import { z } from "zod";

import { ReplyTarget } from "./reply-target.ts";

export const AdminEvent = z.object({
  text: z.string(),
  /** How the thread names who sent it. */
  name: z.string(),
  /** Where the answer belongs. */
  replyTo: ReplyTarget.optional(),
});
export type AdminEvent = z.infer<typeof AdminEvent>;
