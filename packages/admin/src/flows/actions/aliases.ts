/** Moving a name to another conversation, and letting it go. */
import type { Ledger } from "@thor/ledger/port";
import { titleOf } from "@thor/views/names";

import { type Action, doneOf, one, reasonOf, versionIn, type Wish } from "./action.ts";

type AliasDeps = Pick<Ledger, "moveAlias" | "releaseAlias" | "conversationsEndingWith">;

const anchorIn = ({ params }: Wish) => params["anchorId"] ?? "";
const back = (wish: Wish) => `/admin/conversations/${anchorIn(wish)}`;

const MOVABLE = ["slack.thread", "git.branch", "github.issue"] as const;
const typeIn = (wish: Wish) => MOVABLE.find((type) => type === one(wish.fields, "type"));
const NO_SESSION = "Sessions are never moved or released.";

const steered = (wish: Wish) => ({
  value: one(wish.fields, "value") ?? "",
  version: versionIn(wish.fields),
  by: wish.email,
  reason: reasonOf(wish.fields) ?? "",
});
const target = (wish: Wish) => `${one(wish.fields, "type") ?? ""}:${one(wish.fields, "value") ?? ""}`;

/** Every act on a name. */
export function aliasActions(deps: AliasDeps): Action[] {
  return [
    {
      path: "/conversations/:anchorId/aliases/move",
      event: "admin.alias.move",
      back,
      confirm: async (wish, reads) => {
        const to = one(wish.fields, "to");
        const [found] = to === undefined ? [] : await reads.conversationsEndingWith({ tail: to });
        const [from, there] = await Promise.all([
          reads.anchorById({ anchorId: anchorIn(wish) }),
          found === undefined ? undefined : reads.anchorById({ anchorId: found }),
        ]);
        const sides = `From “${from === undefined ? "?" : titleOf(from)}” to ${there === undefined ? "a conversation that you name by its id" : `“${titleOf(there)}”`}`;
        return {
          title: "Move a name",
          effect: `${target(wish)}. ${sides}: what comes under this name from now on goes there; past runs stay where they ran.`,
          button: "Move it",
          needsReason: true,
          asks: [{ name: "to", label: "To the conversation with this id (or its last 7)", kind: "text" as const }],
        };
      },
      run: async (wish, proof) => {
        const type = typeIn(wish);
        if (type === undefined) return { kind: "refused", text: NO_SESSION };
        const found = await deps.conversationsEndingWith({ tail: one(wish.fields, "to") ?? "" });
        const [to, ...others] = found;
        if (to === undefined || others.length > 0)
          return { kind: "invalid", text: "Name one conversation by its id, or by the last seven characters of it." };
        const anchorId = anchorIn(wish);
        const proven = proof({ target: target(wish), anchorId, detail: { from: anchorId, to } });
        return doneOf(await deps.moveAlias({ ...steered(wish), type, anchorId: to }, proven), "Moved.");
      },
    },
    {
      path: "/conversations/:anchorId/aliases/release",
      event: "admin.alias.release",
      back,
      confirm: async (wish) => ({
        title: "Release a name",
        effect: `${target(wish)} is no longer bound: the next event with this name starts a new conversation.`,
        button: "Release it",
        needsReason: true,
      }),
      run: async (wish, proof) => {
        const type = typeIn(wish);
        if (type === undefined) return { kind: "refused", text: NO_SESSION };
        const proven = proof({ target: target(wish), anchorId: anchorIn(wish) });
        return doneOf(await deps.releaseAlias({ ...steered(wish), type }, proven), "Released.");
      },
    },
  ];
}
