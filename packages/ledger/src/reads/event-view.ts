/** Rows of events as callers see them. */
import type { QueuedEvent, Refs } from "@thor/domain/queue";

import type { Row } from "../schema.ts";
import { given, parseJson } from "./cell.ts";

/** A stored event as the dispatcher takes it. */
export function eventOf(row: Row<"events">): QueuedEvent {
  return {
    id: row.id,
    source: row.source,
    kind: row.kind,
    correlationKey: row.correlation_key,
    ...given({ anchorId: row.anchor_id }),
    human: row.human === 1,
    urgent: row.urgent === 1,
    interrupt: row.interrupt === 1,
    solo: row.solo === 1,
    externalAuthor: row.external_author === 1,
    gate: row.gate,
    actors: given({ slack: row.actor_slack, github: row.actor_github, admin: row.actor_admin }),
    sourceAt: row.source_at,
    receivedAt: row.received_at,
    attempts: row.attempts,
    payload: row.payload === null ? null : parseJson(row.payload),
    payloadRev: row.payload_rev,
    refs: refsOf(row.refs),
  };
}

/** The ids an event refers to. */
export function refsOf(text: string): Refs {
  const refs: Refs = JSON.parse(text);
  return refs;
}
