/** What OpenCode asks people: questions of the agent, and leave for a tool. */
import { z } from "zod";

import { SessionId } from "../opencode/project.ts";

const Option = z.object({ label: z.string(), description: z.string().optional() });
const Question = z.object({
  question: z.string(),
  header: z.string().optional(),
  options: z.array(Option),
  multiple: z.boolean().optional(),
  /** False when only the options count. */
  custom: z.boolean().optional(),
});
export type Question = z.infer<typeof Question>;

const asked = { id: z.string().min(1).max(120), sessionID: SessionId };
export const QuestionRequest = z.object({ ...asked, questions: z.array(Question) });
export const PermissionRequest = z.object({
  ...asked,
  permission: z.string(),
  patterns: z.array(z.string()).default([]),
  metadata: z.object({ command: z.string().optional() }).optional(),
});

/** One open request; its kind is also its card's. */
export type OpenRequest =
  | ({ kind: "question" } & z.infer<typeof QuestionRequest>)
  | ({ kind: "permission" } & z.infer<typeof PermissionRequest>);
