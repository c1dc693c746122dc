/** What the person who asked is told when an operator lets their request go. */
import { slackStream } from "@thor/domain/outbox";
import { escapeMrkdwn } from "@thor/slack/pure/mrkdwn";
import { z } from "zod";

const Place = z.object({ channel: z.string(), threadTs: z.string(), team: z.string().optional() });

interface Request {
  id: string;
  source: string;
  human: boolean;
  refs: unknown;
  anchorId?: string | undefined;
}

/** A message in the thread; nobody is told of what no person asked for. */
export function discardNotice({ id, source, human, refs, anchorId }: Request, reason: string) {
  const place = source === "slack" && human ? Place.safeParse(refs).data : undefined;
  if (place === undefined) return undefined;
  const text = `:wastebasket: An operator let this request go: ${escapeMrkdwn(reason)}`;
  const payload = { kind: "slack.post" as const, ...place, text };
  const stream = slackStream(place.channel, place.threadTs);
  return { kind: payload.kind, stream, dedupeKey: `discarded:${id}`, payload, anchorId };
}
