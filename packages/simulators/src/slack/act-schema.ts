/** The acts of people, as the page and tests name them. */
import { z } from "zod";

import { ConvertTo } from "./channel-acts.ts";
import { Upload } from "./files.ts";

const channel = z.string();
const ts = z.string();
const text = z.string().min(1).max(40_000);
const content = {
  text: text.or(z.literal("")),
  files: z.array(Upload).max(10).default([]),
  attachments: z.array(z.record(z.string(), z.unknown())).max(100).default([]),
};
const press = { label: z.string().optional(), actionId: z.string().optional(), value: z.string().optional() };
const values = z.record(z.string(), z.union([z.string(), z.array(z.string())])).default({});

const deed = <Name extends string, Shape extends z.core.$ZodLooseShape>(name: Name, shape: Shape) =>
  z.strictObject({ sim: z.literal("slack"), do: z.literal(name), as: z.string(), ...shape });

export const SlackAct = z.discriminatedUnion("do", [
  deed("say", { channel, ...content }),
  deed("reply", {
    channel,
    threadTs: ts,
    alsoInChannel: z.boolean().default(false),
    ...content,
  }),
  deed("forward", {
    channel,
    from: z.strictObject({ channel, ts }),
    threadTs: ts.optional(),
    text: z.string().default(""),
  }),
  deed("edit", { channel, ts, text }),
  deed("delete", { channel, ts }),
  deed("react", { channel, ts, name: z.string() }),
  deed("click", { channel, ts, ...press }),
  deed("pick", { viewId: z.string(), ...press }),
  deed("submit", { viewId: z.string().optional(), values }),
  deed("close", { viewId: z.string().optional() }),
  deed("convert", { channel, to: ConvertTo }),
]);
export type SlackAct = z.infer<typeof SlackAct>;
/** One kind of act. */
export type Act<Name extends SlackAct["do"]> = Extract<SlackAct, { do: Name }>;
