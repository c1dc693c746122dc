/** Comments that changed after they were written: while they wait they are replaced or taken back; later they are history. */
import type { GithubEvent } from "@thor/domain/github-event";
import type { Log } from "@thor/kit/flow/log";
import type { Ledger } from "@thor/ledger/port";

import type { TrustRule } from "../../core/access/sender-trust.ts";
import { githubEventOf, githubMessageKey } from "../../core/github/admit.ts";
import type { GithubIdentity } from "../../core/github/mention.ts";
import { changeFacts } from "../../core/log-events.ts";
import type { Delivery, Ignore } from "./ignore.ts";
import type { GithubReceived } from "./received.ts";

export interface ChangeDeps extends Pick<Ledger, "amendReady" | "cancelReady"> {
  log: Log;
  me: GithubIdentity;
  isTrustedSender: TrustRule;
  ignore: Ignore;
}

export function createChange({ amendReady, cancelReady, log, me, isTrustedSender: isTrusted, ignore }: ChangeDeps) {
  const edit = async (event: GithubEvent, delivery: Delivery): Promise<GithubReceived> => {
    const payload = { ...githubEventOf(event, { isTrusted, me }), edited: true };
    const messageKey = githubMessageKey(event, delivery.bodyDigest);
    const amended = await amendReady({ provider: "github", messageKey, payload });
    switch (amended.kind) {
      case "amended": {
        const { eventId } = amended;
        log.info(changeFacts("amended", { provider: "github", deliveryId: delivery.key, eventId }), "event amended");
        return { kind: "accepted", eventId };
      }
      case "not_ready":
      case "unknown":
        return ignore(delivery, "edit_after_dispatch");
      case "overloaded":
        return { kind: "overloaded" };
      case "unavailable":
        return { kind: "not_stored" };
    }
  };

  const remove = async (event: GithubEvent, delivery: Delivery): Promise<GithubReceived> => {
    const messageKey = githubMessageKey(event, delivery.bodyDigest);
    const reason = "message_deleted";
    const cancelled = await cancelReady({ provider: "github", messageKey, reason, by: event.sender.login });
    switch (cancelled.kind) {
      case "cancelled":
        log.info(
          changeFacts("cancelled", { provider: "github", deliveryId: delivery.key, eventId: cancelled.eventId }),
          "event cancelled",
        );
        return ignore(delivery, reason);
      case "not_ready":
      case "unknown":
        return ignore(delivery, "delete_after_dispatch");
      case "overloaded":
        return { kind: "overloaded" };
      case "unavailable":
        return { kind: "not_stored" };
    }
  };

  return { edit, remove };
}
