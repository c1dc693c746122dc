/** What operators do to one conversation. */
import { AdminEvent } from "@thor/domain/admin-event";
import { type ControlRequest, controlStream, slackStream } from "@thor/domain/outbox";
import type { Ledger } from "@thor/ledger/port";
import { escapeMrkdwn } from "@thor/slack/pure/mrkdwn";

import {
  type Action,
  type Done,
  doneOf,
  numberIn,
  one,
  type ProofOf,
  reasonOf,
  versionIn,
  type Wish,
} from "./action.ts";

export interface ConversationDeps extends Pick<
  Ledger,
  | "enqueueOutbox"
  | "admit"
  | "anchorById"
  | "triggersOf"
  | "setAnchor"
  | "resetSession"
  | "moveAlias"
  | "releaseAlias"
  | "conversationsEndingWith"
  | "cardById"
> {
  newId: () => string;
  /** How people know this operator. */
  nameOf: (email: string) => Promise<string>;
}

const anchorIn = ({ params }: Wish) => params["anchorId"] ?? "";
const back = (wish: Wish) => `/admin/conversations/${anchorIn(wish)}`;

interface Control {
  kind: ControlRequest["kind"];
  triggerId?: string | undefined;
  reason?: string | undefined;
  cardId?: string | undefined;
  choice?: string | undefined;
  text?: string | undefined;
}

/** Puts a wish where the runner finds it, whatever happens to this process. */
const createAsk =
  (deps: ConversationDeps) =>
  async (wish: Wish, proof: ProofOf, control: Control): Promise<Done> => {
    const { email } = wish;
    const anchorId = anchorIn(wish);
    if ((await deps.anchorById({ anchorId })) === undefined) return { kind: "unknown" };
    const clickId = `admin:${deps.newId()}`;
    const payload = {
      ...control,
      by: { kind: "admin" as const, id: email, name: await deps.nameOf(email) },
      via: "admin" as const,
      clickId,
    };
    const { triggerId } = control;
    const row = {
      kind: control.kind,
      stream: controlStream(anchorId),
      dedupeKey: clickId,
      payload,
      anchorId,
      triggerId,
    };
    return doneOf(
      await deps.enqueueOutbox(row, proof({ target: triggerId ?? anchorId, anchorId })),
      "Asked. The page shows when it is done.",
    );
  };

function runActions(deps: ConversationDeps): Action[] {
  const ask = createAsk(deps);
  return [
    {
      path: "/conversations/:anchorId/stop",
      event: "admin.run.stop",
      back,
      confirm: async () => ({
        title: "Stop the run",
        effect:
          "The run ends now, its running commands are killed, its pending approvals are withdrawn, and the thread is told who stopped it.",
        button: "Stop it",
        needsReason: true,
      }),
      run: (wish, proof) =>
        ask(wish, proof, { kind: "control.stop", triggerId: one(wish.fields, "run"), reason: reasonOf(wish.fields) }),
    },
    {
      path: "/conversations/:anchorId/retry",
      event: "admin.run.continue",
      back,
      run: (wish, proof) => ask(wish, proof, { kind: "control.continue", triggerId: one(wish.fields, "run") }),
    },
    {
      path: "/conversations/:anchorId/budget",
      event: "admin.budget.extend",
      back,
      run: async (wish, proof) => {
        const card = await deps.cardById({ id: one(wish.fields, "card") ?? "" });
        if (card === undefined || card.anchorId !== anchorIn(wish)) return { kind: "unknown" };
        if (card.state !== "open" || card.version !== versionIn(wish.fields)) return { kind: "stale" };
        return ask(wish, proof, { kind: "control.continue", triggerId: card.triggerId });
      },
    },
    {
      path: "/conversations/:anchorId/answer",
      event: "admin.question.answer",
      back,
      run: async (wish, proof) => {
        const card = await deps.cardById({ id: one(wish.fields, "card") ?? "" });
        if (card === undefined || card.anchorId !== anchorIn(wish)) return { kind: "unknown" };
        if (card.state !== "open")
          return { kind: "stale", text: `It was settled already by ${card.actedBy ?? "somebody"}.` };
        const choice = one(wish.fields, "choice");
        const text = one(wish.fields, "text");
        if (choice === undefined && text === undefined) return { kind: "invalid", text: "Choose or write an answer." };
        return ask(wish, proof, { kind: "control.answer", cardId: card.id, choice, text, triggerId: card.triggerId });
      },
    },
  ];
}

const MAX_TEXT = 4000;

/** An instruction goes to the agent and into the thread together: nobody steers a shared thread unseen. */
function messageAction(deps: ConversationDeps): Action {
  const run: Action["run"] = async (wish, proof) => {
    const anchorId = anchorIn(wish);
    const text = one(wish.fields, "text");
    const anchor = await deps.anchorById({ anchorId });
    if (anchor === undefined) return { kind: "unknown" };
    if (text === undefined || text.length > MAX_TEXT) return { kind: "invalid", text: "Write up to 4000 characters." };
    const [newest] = await deps.triggersOf({ anchorId, limit: 1 });
    const name = await deps.nameOf(wish.email);
    const replyTo = newest?.replyTo;
    const id = deps.newId();
    const said = `${escapeMrkdwn(name)} via admin: ${escapeMrkdwn(text)}`;
    const outbox =
      replyTo?.kind === "slack"
        ? [
            {
              kind: "slack.post",
              stream: slackStream(replyTo.channel, replyTo.threadTs),
              dedupeKey: `admin-message:${id}`,
              payload: { kind: "slack.post", channel: replyTo.channel, threadTs: replyTo.threadTs, text: said },
              anchorId,
            },
          ]
        : [];
    const admitted = await deps.admit(
      {
        provider: "admin",
        deliveryKey: id,
        eventType: "admin.message",
        refs: {},
        outbox,
        event: {
          source: "admin",
          kind: "admin.message",
          correlationKey: anchor.originKey,
          bind: "none",
          lane: `anchor:${anchorId}`,
          anchorId,
          human: true,
          urgent: true,
          interrupt: true,
          gate: "open",
          actors: { admin: wish.email },
          externalAuthor: false,
          sourceAt: wish.moment.now,
          payload: AdminEvent.parse({ text, name, replyTo }),
        },
      },
      proof({ target: anchorId, anchorId }),
    );
    return doneOf(admitted, "Sent. It interrupts the run.");
  };
  return { path: "/conversations/:anchorId/message", event: "admin.message.send", back, run };
}

function stateActions(deps: ConversationDeps): Action[] {
  return [
    {
      path: "/conversations/:anchorId/mute",
      event: "admin.conversation.mute",
      back,
      run: async (wish, proof) => {
        const anchorId = anchorIn(wish);
        const muted = numberIn(wish.fields, "muted") === 1;
        const change = { anchorId, version: versionIn(wish.fields), by: wish.email, muted };
        const target = `${anchorId} ${muted ? "muted" : "unmuted"}`;
        return doneOf(
          await deps.setAnchor(change, proof({ target, anchorId })),
          muted ? "Muted: only mentions wake it." : "Unmuted.",
        );
      },
    },
    {
      path: "/conversations/:anchorId/reset-session",
      event: "admin.session.reset",
      back,
      confirm: async () => ({
        title: "Start a fresh session",
        effect:
          "The next request opens a new session in this conversation; the present one stays readable and is not used again.",
        button: "Start fresh",
        needsReason: true,
      }),
      run: async (wish, proof) => {
        const anchorId = anchorIn(wish);
        const sessionId = one(wish.fields, "session") ?? "none";
        const reset = { anchorId, sessionId, by: wish.email, reason: reasonOf(wish.fields) ?? "" };
        return doneOf(
          await deps.resetSession(reset, proof({ target: sessionId, anchorId })),
          "The next request opens a new session.",
        );
      },
    },
  ];
}

/** Every act on a conversation. */
export const conversationActions = (deps: ConversationDeps): Action[] => [
  ...runActions(deps),
  messageAction(deps),
  ...stateActions(deps),
];
