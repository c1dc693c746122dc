/** What operators do to requests and promises: let go, try again, let go out, drop. */
import type { Ledger } from "@thor/ledger/port";

import { type Action, type Done, doneOf, one, type ProofOf, reasonOf, versionIn, type Wish } from "./action.ts";

type QueueDeps = Pick<
  Ledger,
  | "expedite"
  | "replay"
  | "discard"
  | "resumeLane"
  | "retryPromise"
  | "releaseHeld"
  | "withdrawPromise"
  | "getEvent"
  | "enqueueOutbox"
> & {
  /** What tells the person who asked that their request was let go; none when there is nobody to tell. */
  noticeOf: (event: NonNullable<Awaited<ReturnType<Ledger["getEvent"]>>>, reason: string) => NoticePromise | undefined;
};
type NoticePromise = Parameters<Ledger["enqueueOutbox"]>[0];

const eventIn = ({ params }: Wish) => params["eventId"] ?? "";
const toEvent = (wish: Wish) => `/admin/queue/${eventIn(wish)}`;
const toDead = () => "/admin/queue?tab=dead";
const MAX_ITEMS = 100;

interface PerItem {
  done: readonly string[];
  changed: readonly string[];
  skipped: readonly { id: string; why: string }[];
}
const words = ({ done, changed, skipped }: PerItem) =>
  [
    `${done.length} done`,
    ...(changed.length === 0 ? [] : [`${changed.length} changed meanwhile`]),
    ...(skipped.length === 0
      ? []
      : [`${skipped.length} left: ${[...new Set(skipped.map(({ why }) => why))].join(", ")}`]),
  ].join(", ");

/** One row's outcome; a row that is not what the page showed is said to be so. */
function oneDone(outcome: { kind: string } & Partial<PerItem>, text: string): Done {
  const { done = [], changed = [], skipped = [] } = outcome;
  if (
    changed.length > 0 ||
    (done.length === 0 && skipped.some(({ why }) => why !== "unknown" && why !== "payload_gone"))
  )
    return { kind: "stale" };
  if (skipped.some(({ why }) => why === "payload_gone"))
    return { kind: "refused", text: "Its words are not kept any more: it cannot be replayed." };
  if (skipped.length > 0) return { kind: "unknown" };
  return doneOf(outcome, text);
}

const REPLAY = {
  title: "Replay",
  effect:
    "The request becomes ready again with no attempts on record, and runs once. The conversation may have moved on meanwhile.",
  button: "Replay it",
  needsReason: false,
};
const DISCARD = {
  title: "Discard",
  effect:
    "The request ends for good. Whoever asked is told that a person let it go and why, unless you choose silently.",
  button: "Discard it",
  needsReason: true,
  asks: [{ name: "silently", label: "Silently", kind: "check" as const }],
};

function createDiscard(deps: QueueDeps) {
  const tell = async (id: string, reason: string) => {
    const event = await deps.getEvent({ eventId: id });
    const notice = event && deps.noticeOf(event, reason);
    if (notice !== undefined) await deps.enqueueOutbox(notice);
  };
  return async (wish: Wish, proof: ProofOf, items: { id: string; version: number }[]) => {
    const reason = reasonOf(wish.fields) ?? "";
    const isSilent = one(wish.fields, "silently") === "1";
    const target = items.length === 1 ? (items[0]?.id ?? "") : `${items.length} requests`;
    const outcome = await deps.discard(
      { items, by: wish.email, reason },
      proof({ target, detail: { silently: isSilent ? 1 : 0 } }),
    );
    if (outcome.kind === "discarded" && !isSilent) for (const id of outcome.done) await tell(id, reason);
    return outcome;
  };
}

function eventActions(deps: QueueDeps): Action[] {
  const discard = createDiscard(deps);
  return [
    {
      path: "/queue/:eventId/expedite",
      event: "admin.event.expedite",
      back: toEvent,
      run: async (wish, proof) => {
        const eventId = eventIn(wish);
        const act = { eventId, by: wish.email, version: versionIn(wish.fields) };
        return doneOf(await deps.expedite(act, proof({ target: eventId })), "It is due now.");
      },
    },
    {
      path: "/queue/:eventId/replay",
      event: "admin.event.replay",
      back: toEvent,
      confirm: async () => REPLAY,
      run: async (wish, proof) => {
        const id = eventIn(wish);
        const items = [{ id, version: versionIn(wish.fields) }];
        const act = { items, by: wish.email, reason: "replayed in admin" };
        return oneDone(await deps.replay(act, proof({ target: id })), "It is ready again.");
      },
    },
    {
      path: "/queue/:eventId/discard",
      event: "admin.event.discard",
      back: toEvent,
      confirm: async () => DISCARD,
      run: async (wish, proof) => {
        const items = [{ id: eventIn(wish), version: versionIn(wish.fields) }];
        return oneDone(await discard(wish, proof, items), "It is discarded.");
      },
    },
  ];
}

/** The rows that were ticked, as the page showed them. */
function itemsIn({ fields }: Wish): { id: string; version: number }[] {
  const chosen = (fields["item"] ?? []).slice(0, MAX_ITEMS);
  return chosen.flatMap((item) => {
    const [, id, version] = /^([\w-]{1,128}):(\d+)$/.exec(item) ?? [];
    return id === undefined ? [] : [{ id, version: Number(version) }];
  });
}

const isReplay = (wish: Wish) => one(wish.fields, "act") === "replay";

function bulkAction(deps: QueueDeps): Action {
  const discard = createDiscard(deps);
  return {
    path: "/queue/bulk",
    event: "admin.event.bulk",
    back: toDead,
    confirm: async (wish) => ({
      ...(isReplay(wish) ? REPLAY : DISCARD),
      effect: `${itemsIn(wish).length} requests: each is ${isReplay(wish) ? "made ready again and runs once" : "ended for good"}; one that changed meanwhile is left.`,
    }),
    run: async (wish, proof) => {
      const items = itemsIn(wish);
      if (items.length === 0) return { kind: "invalid", text: "Select up to 100 requests first." };
      const target = `${items.length} requests`;
      const outcome = isReplay(wish)
        ? await deps.replay({ items, by: wish.email, reason: "replayed in admin" }, proof({ target }))
        : await discard(wish, proof, items);
      return "done" in outcome ? { kind: "done", text: words(outcome) } : doneOf(outcome, "");
    },
  };
}

const promiseIn = ({ params }: Wish) => params["promiseId"] ?? "";
const toPromises = () => "/admin/queue?tab=promises";

function promiseActions(deps: QueueDeps): Action[] {
  const again: Action["run"] = async (wish, proof) => {
    const id = promiseIn(wish);
    const act = { id, version: versionIn(wish.fields), by: wish.email };
    return doneOf(
      await deps.retryPromise(act, proof({ target: id })),
      "It is tried now; the other side is asked first.",
    );
  };
  return [
    { path: "/outbox/:promiseId/retry", event: "admin.outbox.retry", back: toPromises, run: again },
    { path: "/outbox/:promiseId/release", event: "admin.outbox.release", back: toPromises, run: again },
    {
      path: "/outbox/:promiseId/drop",
      event: "admin.outbox.drop",
      back: toPromises,
      confirm: async () => ({
        title: "Drop a promise",
        effect: "The message is not sent any more.",
        button: "Drop it",
        needsReason: true,
      }),
      run: async (wish, proof) => {
        const id = promiseIn(wish);
        return doneOf(await deps.withdrawPromise({ id }, proof({ target: id })), "It is dropped.");
      },
    },
  ];
}

/** Every act on the queue. */
export const queueActions = (deps: QueueDeps): Action[] => [
  ...eventActions(deps),
  bulkAction(deps),
  ...promiseActions(deps),
  {
    path: "/lanes/:anchorId/resume",
    event: "admin.lane.resume",
    back: ({ params }) => `/admin/conversations/${params["anchorId"] ?? ""}`,
    run: async ({ params, email }, proof) => {
      const anchorId = params["anchorId"] ?? "";
      return doneOf(
        await deps.resumeLane({ anchorId, by: email }, proof({ target: anchorId, anchorId })),
        "It goes on.",
      );
    },
  },
];
