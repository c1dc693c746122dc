/** Presses and submissions: told to the app over its own transport, and its answer carried out. */
import { z } from "zod";

import { checkBlocks } from "./blocks.ts";
import type { Deliverer } from "./deliver.ts";
import type { Message } from "./entities.ts";
import { checkedView } from "./methods/views.ts";
import { actionForm, type Filled, filledIn, findPressed, type Press } from "./pressing.ts";
import type { ResponseUrls } from "./response-urls.ts";
import type { Sent } from "./signed-post.ts";
import { SlackError } from "./slack-error.ts";
import { type View, ViewDraft } from "./views.ts";
import { messageForm, viewForm } from "./wire-form.ts";
import type { Workspace } from "./workspace.ts";

const ResponseAction = z.discriminatedUnion("response_action", [
  z.object({ response_action: z.literal("errors"), errors: z.record(z.string(), z.string()) }),
  z.object({ response_action: z.literal("update"), view: ViewDraft }),
  z.object({ response_action: z.literal("push"), view: ViewDraft }),
  z.object({ response_action: z.literal("clear") }),
]);

export interface Interactions {
  press: (user: string, message: Message, press: Press) => Promise<Sent>;
  pressInView: (user: string, view: View, press: Press) => Promise<Sent>;
  submit: (view: View, filled: Filled) => Promise<Sent>;
  close: (view: View) => Promise<Sent | undefined>;
}

interface InteractDeps {
  workspace: Workspace;
  deliverer: Deliverer;
  responseUrls: ResponseUrls;
}

/** What every interaction says. */
function baseOf({ app, people }: Workspace, user: string) {
  const { name = "", teamId = app.teamId } = people.get(user) ?? {};
  return {
    user: { id: user, username: name, name, team_id: teamId },
    team: { id: app.teamId, domain: app.teamDomain },
    api_app_id: app.appId,
    token: "sim-verification-token",
    enterprise: null,
    is_enterprise_install: false,
  };
}

function messageContainer(workspace: Workspace, message: Message) {
  const { channel, ts, threadTs, onlyFor } = message;
  const thread = threadTs === undefined ? {} : { thread_ts: threadTs };
  return {
    container: { type: "message", message_ts: ts, channel_id: channel, is_ephemeral: onlyFor !== undefined, ...thread },
    channel: { id: channel, name: workspace.channels.get(channel)?.name ?? "directmessage" },
    ...(onlyFor === undefined ? { message: messageForm(workspace, message, { hasMetadata: true }) } : {}),
  };
}

function parsedAnswer({ answer = "" }: Sent): z.infer<typeof ResponseAction> | undefined {
  if (answer.trim() === "" || answer === "{}") return undefined;
  try {
    const parsed = ResponseAction.safeParse(JSON.parse(answer));
    return parsed.data;
  } catch {
    return undefined;
  }
}

/** Carries out what the app answered to a submission; an empty answer closes the modal. */
function carryOut({ views }: Workspace, view: View, sent: Sent): void {
  if (sent.status === undefined || sent.status >= 300) return;
  const answer = parsedAnswer(sent);
  if (answer === undefined) return views.close(view);
  if (answer.response_action === "clear") return views.clear(view.user);
  if (answer.response_action === "errors") return void views.complain(view, answer.errors);
  const draft = checkedView(answer.view);
  if (answer.response_action === "update") views.update(view, draft);
  else views.push(view.user, draft);
}

export function createInteractions({ workspace, deliverer, responseUrls }: InteractDeps): Interactions {
  const { triggers, views, eventTs } = workspace;
  const blockActions = (user: string, { place, ...where }: { place: object } & Pick<Message, "channel" | "ts">) =>
    deliverer.interact({
      type: "block_actions",
      ...(where.channel === "" ? {} : { channel: where.channel, messageTs: where.ts }),
      payload: { type: "block_actions", ...baseOf(workspace, user), trigger_id: triggers.issue(user), ...place },
    });
  return {
    press: (user, message, press) => {
      const { channel, ts, onlyFor } = message;
      if (onlyFor !== undefined && onlyFor !== user) throw new SlackError("message_not_found");
      const actions = [actionForm(findPressed(message.blocks, press), press, eventTs())];
      const response_url = responseUrls.issue({ channel, ts, user });
      const place = { ...messageContainer(workspace, message), state: { values: {} }, response_url, actions };
      return blockActions(user, { place, channel, ts });
    },
    pressInView: (user, view, press) => {
      const actions = [actionForm(findPressed(checkBlocks(view.draft.blocks, 100), press), press, eventTs())];
      const container = { type: "view", view_id: view.id };
      return blockActions(user, {
        place: { container, view: viewForm(workspace, view, {}), actions },
        channel: "",
        ts: "",
      });
    },
    submit: async (view, filled) => {
      const values = filledIn(view.draft.blocks, filled);
      const form = viewForm(workspace, view, values);
      const trigger_id = triggers.issue(view.user);
      const payload = {
        type: "view_submission",
        ...baseOf(workspace, view.user),
        trigger_id,
        view: form,
        response_urls: [],
      };
      const sent = await deliverer.interact({ type: "view_submission", payload });
      carryOut(workspace, view, sent);
      return sent;
    },
    close: async (view) => {
      views.close(view);
      if (view.draft.notify_on_close !== true) return undefined;
      const payload = {
        type: "view_closed",
        ...baseOf(workspace, view.user),
        view: viewForm(workspace, view, {}),
        is_cleared: false,
      };
      return deliverer.interact({ type: "view_closed", payload });
    },
  };
}
