/** Modals: one stack per person, the newest on top. */
import { createHash } from "node:crypto";

import { z } from "zod";

import type { World } from "../world/world.ts";
import { SlackError } from "./slack-error.ts";

const MAX_STACK = 3;
const MAX_CHARS = 250_000;

const plain = (max: number) =>
  z.strictObject({ type: z.literal("plain_text"), text: z.string().min(1).max(max), emoji: z.boolean().optional() });

/** What an app may send; its blocks are checked by `checkBlocks`. */
export const ViewDraft = z.strictObject({
  type: z.literal("modal"),
  title: plain(24),
  submit: plain(24).optional(),
  close: plain(24).optional(),
  blocks: z.array(z.record(z.string(), z.unknown())).max(100),
  callback_id: z.string().max(255).optional(),
  private_metadata: z.string().max(3000).optional(),
  external_id: z.string().max(255).optional(),
  clear_on_close: z.boolean().optional(),
  notify_on_close: z.boolean().optional(),
  submit_disabled: z.boolean().optional(),
});
export type ViewDraft = z.infer<typeof ViewDraft>;

export const View = z.object({
  id: z.string(),
  user: z.string(),
  rootId: z.string(),
  previousId: z.string().optional(),
  draft: ViewDraft,
  /** Messages at blocks, as a refused submission leaves them. */
  errors: z.record(z.string(), z.string()),
});
export type View = z.infer<typeof View>;

/** Changes with what is shown: who updates an older picture gets `hash_conflict`. */
export const viewHash = ({ draft }: View) =>
  createHash("sha256").update(JSON.stringify(draft)).digest("hex").slice(0, 16);

export function createViews(world: World) {
  const rows = world.store.collection("slack.views", View);
  const stack = (user: string) => rows.all().filter((view) => view.user === user);
  const put = (view: View) => {
    world.traffic.tell("slack.view", { user: view.user, id: view.id });
    return rows.put(view.id, view);
  };
  const add = (user: string, draft: ViewDraft, previous: View | undefined) => {
    if (JSON.stringify(draft).length > MAX_CHARS) throw new SlackError("view_too_large");
    const id = world.ids.next("V0", 9);
    const before = previous === undefined ? { rootId: id } : { rootId: previous.rootId, previousId: previous.id };
    return put({ id, user, ...before, draft, errors: {} });
  };
  const remove = (views: readonly View[]) => {
    for (const { id, user } of views) {
      rows.remove(id);
      world.traffic.tell("slack.view", { user, id });
    }
  };
  return {
    get: (id: string) => rows.get(id),
    byExternalId: (id: string) => rows.all().find(({ draft }) => draft.external_id === id),
    stack,
    /** Opens a first modal; whatever that person had open is gone. */
    open: (user: string, draft: ViewDraft) => {
      remove(stack(user));
      return add(user, draft, undefined);
    },
    push: (user: string, draft: ViewDraft) => {
      const views = stack(user);
      if (views.length >= MAX_STACK) throw new SlackError("push_limit_reached");
      return add(user, draft, views.at(-1));
    },
    update: (view: View, draft: ViewDraft) => put({ ...view, draft, errors: {} }),
    complain: (view: View, errors: Record<string, string>) => put({ ...view, errors }),
    close: (view: View) => remove([view]),
    clear: (user: string) => remove(stack(user)),
  };
}
