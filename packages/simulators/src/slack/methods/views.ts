/** views.*: modals, opened by what a person just did. */
import { z } from "zod";

import { checkBlocks } from "../blocks.ts";
import { SlackError } from "../slack-error.ts";
import { ViewDraft, type View, viewHash } from "../views.ts";
import { viewForm } from "../wire-form.ts";
import { json, method, type MethodContext } from "./method.ts";

const view = json(ViewDraft);
const Open = z.object({ trigger_id: z.string(), view });
const Update = z.object({
  view,
  view_id: z.string().optional(),
  external_id: z.string().optional(),
  hash: z.string().optional(),
});

/** A modal whose blocks Slack takes. */
export function checkedView(draft: ViewDraft): ViewDraft {
  const blocks = checkBlocks(draft.blocks, 100);
  const hasInput = blocks.some(({ type }) => type === "input");
  if (hasInput && draft.submit === undefined)
    throw new SlackError("invalid_arguments", {
      response_metadata: { messages: ["[ERROR] missing required field: submit [json-pointer:/view/submit]"] },
    });
  return { ...draft, blocks };
}

const answer = ({ workspace }: MethodContext, shown: View) => ({ view: viewForm(workspace, shown, {}) });

function found({ workspace: { views } }: MethodContext, args: z.infer<typeof Update>): View {
  const { view_id, external_id, hash } = args;
  const shown = view_id === undefined ? views.byExternalId(external_id ?? "") : views.get(view_id);
  if (shown === undefined) throw new SlackError("not_found");
  if (hash !== undefined && hash !== viewHash(shown)) throw new SlackError("hash_conflict");
  return shown;
}

export const viewMethods = {
  "views.open": method([], Open, (context, args) => {
    const { views, triggers } = context.workspace;
    const draft = checkedView(args.view);
    return answer(context, views.open(triggers.exchange(args.trigger_id), draft));
  }),
  "views.push": method([], Open, (context, args) => {
    const { views, triggers } = context.workspace;
    const draft = checkedView(args.view);
    return answer(context, views.push(triggers.exchange(args.trigger_id), draft));
  }),
  "views.update": method([], Update, (context, args) => {
    const draft = checkedView(args.view);
    return answer(context, context.workspace.views.update(found(context, args), draft));
  }),
};
