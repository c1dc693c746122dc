/** Notes what a conversation is called, what it can be found by, and who may see it. */
import type { Actor } from "@thor/domain/actor";
import type { ReplyTarget } from "@thor/domain/reply-target";
import type { Log } from "@thor/kit/flow/log";
import type { Ledger } from "@thor/ledger/port";
import type { ConfigView } from "@thor/workspace-config/pure/standing";

import { numbersIn, termsOf, titleIn } from "../core/learn/words.ts";
import type { Redact } from "../core/redact.ts";
import { channelOf } from "../core/run-facts.ts";
import { userOf } from "./write-prompt.ts";

export interface LearnConversationDeps extends Pick<Ledger, "getEvent" | "learnAnchor"> {
  log: Log;
  config: () => ConfigView;
  redact: Redact;
  /** Whether everybody in the team reads a channel; not knowing means no. */
  visibilityOf: (channel: string) => Promise<"open" | "gated">;
}

interface Heard {
  anchorId: string;
  eventIds: readonly string[];
  correlationKey: string;
  requesters: readonly Actor[];
  replyTo?: ReplyTarget | undefined;
  directory: string;
}

/** Never fails: a conversation without a title is still worked on. */
export function createLearnConversation(deps: LearnConversationDeps) {
  const learn = async (heard: Heard): Promise<void> => {
    const { anchorId, eventIds, correlationKey, requesters, replyTo, directory } = heard;
    const events = await Promise.all(eventIds.map((eventId) => deps.getEvent({ eventId })));
    const payloads = events.map((event) => event?.payload);
    const found = titleIn(payloads);
    const title = found === undefined ? undefined : deps.redact(found);
    const view = deps.config();
    const people = requesters.flatMap((actor) => [userOf(view, actor)?.name, actor.kind === "github" ? actor.id : ""]);
    const branch = correlationKey.startsWith("git:branch:") ? correlationKey.slice("git:branch:".length) : undefined;
    const repo = directory.split("/").at(-1);
    const channel = channelOf({ replyTo });
    const learned = await deps.learnAnchor({
      anchorId,
      title,
      visibility: channel === undefined ? undefined : await deps.visibilityOf(channel),
      terms: termsOf([title, repo, branch, ...people, ...numbersIn(payloads)]),
    });
    if (learned.kind !== "learned")
      deps.log.warn({ event: "anchor_not_learned", anchorId, result: learned.kind }, "a conversation has no title");
  };
  return (heard: Heard): Promise<void> =>
    learn(heard).catch((err: unknown) =>
      deps.log.error({ event: "anchor_not_learned", anchorId: heard.anchorId, err }, "a conversation has no title"),
    );
}
export type LearnConversation = ReturnType<typeof createLearnConversation>;
