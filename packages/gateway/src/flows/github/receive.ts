/** What GitHub sends becomes one committed fact: an event, a change to one, or the reason there is nothing. */
import { parseCorrelationKey } from "@thor/domain/correlation-key";
import type { GithubEvent } from "@thor/domain/github-event";
import type { Clock } from "@thor/kit/flow/clock";
import type { Log } from "@thor/kit/flow/log";
import type { Ledger } from "@thor/ledger/port";
import type { OwnerGrant } from "@thor/workspace-config/pure/trust";

import { isOriginOf, judgeOwner, type Origin } from "../../core/access/repository.ts";
import type { TrustRule } from "../../core/access/sender-trust.ts";
import { engagementKeyOf, githubAdmission, screenGithub, screenPush } from "../../core/github/admit.ts";
import { deliveryOf } from "../../core/github/delivery.ts";
import { localNameOf } from "../../core/github/keys.ts";
import type { GithubIdentity } from "../../core/github/mention.ts";
import { isSupported, parseDelivery } from "../../core/github/parse.ts";
import type { RepoCheck } from "../../core/routing.ts";
import { createStoreEvent } from "../store-event.ts";
import { createChange } from "./change.ts";
import { createIgnore, type Delivery, type Ignore } from "./ignore.ts";
import type { GithubReceived } from "./received.ts";

/** GitHub gives up after 10 s and shows the delivery as failed. */
const COMMIT_DEADLINE_MS = 8000;

export interface ReceiveGithubDeps extends Pick<
  Ledger,
  "admit" | "amendReady" | "cancelReady" | "recordIgnored" | "engagement" | "appendAudit"
> {
  log: Log;
  clock: Clock;
  me: GithubIdentity;
  /** Hosts that a clone of an admitted repository may come from. */
  hosts: readonly string[];
  digest: (bytes: Buffer) => string;
  checkRepo: (repo: string) => Promise<RepoCheck>;
  originOf: (directory: string) => Promise<Origin | undefined>;
  grantFor: (fullName: string) => OwnerGrant;
  isTrustedSender: TrustRule;
  ignoresForks: () => boolean;
}

interface Incoming {
  body: Buffer;
  eventName: unknown;
  deliveryId: unknown;
}

const repeatReason = () => "duplicate_message";

/** Refusals of access are audited; everything else is only remembered. */
function createRefuse({ appendAudit, ignore }: Pick<ReceiveGithubDeps, "appendAudit"> & { ignore: Ignore }) {
  return async (event: GithubEvent, delivery: Delivery, rule: string): Promise<GithubReceived> => {
    const { sender, repository } = event;
    await appendAudit({
      service: "gateway",
      event: "github_refused",
      actorKind: "github",
      actor: sender.login,
      target: repository.full_name,
      decision: "deny",
      rule,
    });
    return ignore(delivery, rule);
  };
}

/** Commits an event and says so in GitHub's terms. */
function createAdmit({ admit, log, clock, me, isTrustedSender: isTrusted }: ReceiveGithubDeps) {
  const store = createStoreEvent({ admit, log, clock, deadlineMs: COMMIT_DEADLINE_MS, repeatReason });
  return async (event: GithubEvent, { key: deliveryKey, bodyDigest }: Delivery): Promise<GithubReceived> => {
    const facts = { now: clock.now(), me, isTrusted };
    const received = await store(githubAdmission(event, { deliveryKey, bodyDigest }, facts));
    switch (received.kind) {
      case "not_ready":
        return { kind: "overloaded" };
      case "accepted":
        return event.event_type === "push" ? { kind: "push", status: "push_accepted", isIgnored: false } : received;
      case "duplicate":
      case "not_stored":
        return received;
    }
  };
}

export function createReceiveGithub(deps: ReceiveGithubDeps) {
  const ignore = createIgnore(deps);
  const refuse = createRefuse({ ...deps, ignore });
  const admitted = createAdmit(deps);
  const change = createChange({ ...deps, ignore });

  const isEngaged = async (event: GithubEvent): Promise<boolean> => {
    const key = parseCorrelationKey(engagementKeyOf(event) ?? "");
    if (key.kind !== "bindable") return false;
    const engagement = await deps.engagement(key);
    return engagement.engaged && !engagement.muted;
  };

  const hear = async (event: GithubEvent, delivery: Delivery): Promise<GithubReceived> => {
    if (event.event_type === "push") {
      const status = screenPush(event);
      if (status === undefined) return admitted(event, delivery);
      await ignore(delivery, status);
      return { kind: "push", status, isIgnored: true };
    }
    if ("comment" in event && event.action === "deleted") return change.remove(event, delivery);
    const { clock, me, isTrustedSender: isTrusted } = deps;
    const isKnown = await isEngaged(event);
    const facts = { now: clock.now(), me, isEngaged: isKnown, isTrusted, ignoresForks: deps.ignoresForks() };
    const reason = screenGithub(event, facts);
    if (reason === "sender_not_trusted") return refuse(event, delivery, reason);
    if (reason !== undefined) return ignore(delivery, reason);
    return "comment" in event && event.action === "edited" ? change.edit(event, delivery) : admitted(event, delivery);
  };

  /** Handles one delivery whose sender is proven; every return is final for the sender. */
  return async ({ body, eventName, deliveryId }: Incoming): Promise<GithubReceived> => {
    const delivery = deliveryOf({ eventName, deliveryId, bodyDigest: deps.digest(body) });
    if (eventName === "ping") return ignore(delivery, "handled");
    if (!isSupported(eventName)) return ignore(delivery, "event_unsupported");
    const parsed = parseDelivery(body.toString("utf8"));
    if (parsed.kind === "unreadable") return ignore(delivery, parsed.reason);
    const { delivery: event } = parsed;
    const { full_name: fullName } = event.repository;
    const repo = await deps.checkRepo(localNameOf(fullName));
    if (repo.kind === "bad") return ignore(delivery, "repo_not_mapped");
    if (event.event_type !== eventName) return ignore(delivery, "event_unsupported");
    const refusal = judgeOwner(deps.grantFor(fullName), event.installation?.id);
    if (refusal !== undefined) return refuse(event, delivery, refusal);
    const isOurs = isOriginOf(await deps.originOf(repo.directory), fullName, deps.hosts);
    return isOurs ? hear(event, delivery) : refuse(event, delivery, "repo_origin_mismatch");
  };
}
export type ReceiveGithub = ReturnType<typeof createReceiveGithub>;
