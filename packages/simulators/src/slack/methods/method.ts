/** What a Web API method is: the scopes it needs, the arguments it reads, and what it does. */
import { z } from "zod";

import type { World } from "../../world/world.ts";
import type { Channel, Message } from "../entities.ts";
import { SlackError } from "../slack-error.ts";
import type { Workspace } from "../workspace.ts";

export interface MethodContext {
  world: World;
  workspace: Workspace;
  /** The address under which uploads and files are reached. */
  baseUrl: () => string;
}

export interface Method {
  /** Any one of these scopes is enough; none needed when empty. */
  scopes: readonly string[];
  /** Which of the app's two tokens opens it; the bot's unless said otherwise. */
  token?: "app";
  run: (context: MethodContext, args: Readonly<Record<string, unknown>>) => Record<string, unknown>;
}

/** Defines a method whose arguments are parsed before it runs. */
export function method<Args>(
  scopes: readonly string[],
  args: z.ZodType<Args>,
  run: (context: MethodContext, args: Args) => Record<string, unknown>,
): Method {
  return {
    scopes,
    run: (context, given) => {
      const parsed = args.safeParse(given);
      if (parsed.success) return run(context, parsed.data);
      const messages = parsed.error.issues.map(
        ({ path, message }) => `[ERROR] ${message} [json-pointer:/${path.join("/")}]`,
      );
      throw new SlackError("invalid_arguments", { response_metadata: { messages } });
    },
  };
}

/** Forms carry everything as text; JSON bodies carry the real kinds. Slack takes both. */
export const flag = z.union([z.boolean(), z.stringbool()]);
export const int = z.coerce.number().int();
/** A list or object, or its JSON text as forms carry it. */
export const json = <Value>(schema: z.ZodType<Value>) =>
  z.preprocess((value, ctx) => {
    if (typeof value !== "string") return value;
    try {
      return JSON.parse(value);
    } catch {
      ctx.addIssue("must be JSON");
      return z.NEVER;
    }
  }, schema);

/** The channel, as far as the app may know of it. */
export function visibleChannel({ workspace }: MethodContext, id: string): Channel {
  const channel = workspace.channels.get(id);
  const isHidden = channel?.kind !== "public" && !(channel?.members.includes(workspace.app.botUserId) ?? false);
  if (channel === undefined || isHidden) throw new SlackError("channel_not_found");
  return channel;
}

/** A channel that the app is in. */
export function joinedChannel(context: MethodContext, id: string): Channel {
  const channel = visibleChannel(context, id);
  if (!channel.members.includes(context.workspace.app.botUserId)) throw new SlackError("not_in_channel");
  return channel;
}

export function existingMessage({ workspace }: MethodContext, channel: string, ts: string): Message {
  const message = workspace.message(channel, ts);
  if (message === undefined || message.onlyFor !== undefined) throw new SlackError("message_not_found");
  return message;
}
