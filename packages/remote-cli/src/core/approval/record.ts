/** A stored request, read back into what it means. */
import { Actor } from "@thor/domain/actor";
import { ApprovalPolicyShown, ApprovalPresentation } from "@thor/domain/approval";
import type { Json } from "@thor/domain/json";
import { z } from "zod";

import type { JsonObject } from "../call.ts";

const jsonObject = z.custom<JsonObject>(
  (value) => typeof value === "object" && value !== null && !Array.isArray(value),
);

/** The call that is decided again before it runs. */
const StoredCall = z.strictObject({
  tool: z.string(),
  args: z.array(z.string()),
  cwd: z.string().optional(),
  stdin: z.string().optional(),
  /** Whether its run was open, which the footer of what is written tells. */
  isRunOpen: z.boolean(),
});

const Meaning = z.object({
  args: jsonObject,
  injected: jsonObject,
  authoredArgs: StoredCall,
  presentation: ApprovalPresentation,
  policy: ApprovalPolicyShown,
  requesters: z.array(Actor),
});
type Meaning = z.infer<typeof Meaning>;

/** The JSON columns of a request as types; they were written by this service. */
export const meaningOf = (row: Readonly<Record<keyof Meaning, Json>>): Meaning => Meaning.parse(row);

const Payload = z.object({ actionId: z.string(), retires: z.string().optional() });

/** Which request a promise is about, and the message that a new card takes the place of. */
export const promiseOf = (payload: Json) => Payload.safeParse(payload).data;

const Fields = z.record(z.string(), z.string());

/** The fields of an edit form. */
export function parseFields(text: string): Readonly<Record<string, string>> | undefined {
  try {
    return Fields.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
