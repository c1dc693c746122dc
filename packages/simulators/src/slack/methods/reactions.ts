/** reactions.*: marks on messages. */
import { z } from "zod";

import { SlackError } from "../slack-error.ts";
import { messageForm } from "../wire-form.ts";
import { existingMessage, method, type MethodContext, visibleChannel } from "./method.ts";

const MAX_REACTIONS = 23;
const Mark = z.object({ channel: z.string(), timestamp: z.string(), name: z.string() });
type Mark = z.infer<typeof Mark>;

function find(context: MethodContext, { channel, timestamp, name }: Mark) {
  if (!/^[a-z0-9_+'-]{1,100}$/.test(name)) throw new SlackError("invalid_name");
  visibleChannel(context, channel);
  const message = existingMessage(context, channel, timestamp);
  const me = context.workspace.app.botUserId;
  const isMine = message.reactions.some((reaction) => reaction.name === name && reaction.users.includes(me));
  return { message, me, isMine };
}

export const reactionMethods = {
  "reactions.add": method(["reactions:write"], Mark, (context, mark) => {
    const { message, me, isMine } = find(context, mark);
    if (isMine) throw new SlackError("already_reacted");
    if (message.reactions.length >= MAX_REACTIONS) throw new SlackError("too_many_reactions");
    context.workspace.react(message, me, { name: mark.name, isAdded: true });
    return {};
  }),
  "reactions.remove": method(["reactions:write"], Mark, (context, mark) => {
    const { message, me, isMine } = find(context, mark);
    if (!isMine) throw new SlackError("no_reaction");
    context.workspace.react(message, me, { name: mark.name, isAdded: false });
    return {};
  }),
  "reactions.get": method(["reactions:read"], Mark.omit({ name: true }), (context, { channel, timestamp }) => {
    visibleChannel(context, channel);
    const message = existingMessage(context, channel, timestamp);
    return { type: "message", channel, message: messageForm(context.workspace, message, { hasMetadata: false }) };
  }),
};
