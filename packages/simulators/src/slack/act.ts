/** What a person can do in Slack, for the page and for tests alike. */
import type { Act, SlackAct } from "./act-schema.ts";
import { convert } from "./channel-acts.ts";
import { composed } from "./composed.ts";
import type { Message } from "./entities.ts";
import type { Interactions } from "./interact.ts";
import type { Sent } from "./signed-post.ts";
import { SlackError } from "./slack-error.ts";
import type { View } from "./views.ts";
import type { Workspace } from "./workspace.ts";
import { forward, write } from "./writing.ts";

interface ActDeps {
  workspace: Workspace;
  interactions: Interactions;
}

function mark(workspace: Workspace, message: Message, act: Act<"react">): void {
  const marks = message.reactions.find(({ name }) => name === act.name)?.users ?? [];
  workspace.react(message, act.as, { name: act.name, isAdded: !marks.includes(act.as) });
}

function change(workspace: Workspace, message: Message, act: Act<"edit" | "delete">): void {
  if (message.user !== act.as) throw new SlackError(`cant_${act.do === "edit" ? "update" : "delete"}_message`);
  if (act.do === "edit") workspace.edit(message, { text: composed(workspace, act.text), user: act.as });
  else workspace.remove(message);
}

/** The named modal of that person, or the one on top. */
function viewOf({ views }: Workspace, { as, viewId }: { as: string; viewId?: string | undefined }): View {
  const view = viewId === undefined ? views.stack(as).at(-1) : views.get(viewId);
  if (view === undefined || view.user !== as) throw new SlackError("view_not_found");
  return view;
}

/** How the app took it: what Slack shows as a warning mark is no success. */
const told = (sent: Sent | undefined) => {
  const status = sent?.status;
  return { isTaken: sent === undefined || (status !== undefined && status < 300), status, failure: sent?.failure };
};

async function inModal({ workspace, interactions }: ActDeps, act: Act<"pick" | "submit" | "close">): Promise<object> {
  const view = viewOf(workspace, act);
  if (act.do === "pick") return told(await interactions.pressInView(act.as, view, act));
  if (act.do === "submit") return told(await interactions.submit(view, act.values));
  return told(await interactions.close(view));
}

async function atMessage({ workspace, interactions }: ActDeps, act: Act<"click" | "react" | "edit" | "delete">) {
  const message = workspace.message(act.channel, act.ts);
  if (message === undefined) throw new SlackError("message_not_found");
  const where = { channel: act.channel, ts: act.ts };
  if (act.do === "click") return { ...where, ...told(await interactions.press(act.as, message, act)) };
  if (act.do === "react") mark(workspace, message, act);
  else change(workspace, message, act);
  return where;
}

/** Does it as that person; refused as Slack's own client would refuse it. A second equal reaction takes it back. */
export async function perform(deps: ActDeps, act: SlackAct): Promise<object> {
  const { workspace } = deps;
  if (workspace.people.get(act.as) === undefined) throw new SlackError("user_not_found");
  if (act.do === "pick" || act.do === "submit" || act.do === "close") return inModal(deps, act);
  const place = workspace.channels.get(act.channel);
  if (place === undefined || !place.members.includes(act.as)) throw new SlackError("not_in_channel");
  if (act.do === "convert") return convert(workspace, place, act);
  if (act.do === "forward") return forward(workspace, act);
  if (act.do === "say" || act.do === "reply") return write(workspace, act);
  return atMessage(deps, act);
}
