/** What wants a person, worst first; each call has a key by which it can be hidden for a while. */
import { formatDuration } from "@thor/views/format";

export interface Attention {
  key: string;
  what: string;
  since?: number | undefined;
  href: string;
  word: string;
  /** How bad it is; hidden calls come back when it grows. */
  size: number;
}
interface OfRun {
  id: string;
  anchorId: string;
  title: string;
  since: number;
}
export interface Signs {
  now: number;
  paused: boolean;
  dead: number;
  oldestReadyAt?: number | undefined;
  failedPromises: number;
  services: readonly { service: string; seenAt: number; live: boolean }[];
  quietRuns: readonly OfRun[];
  parkedRuns: readonly OfRun[];
  approvals: readonly { id: string; title: string; createdAt: number; expiresAt: number }[];
  questions: readonly { id: string; anchorId: string; createdAt: number }[];
  integrations: readonly { integration: string; state: string; since: number }[];
  blockedHosts: number;
  invalidLines: number;
  configFaults: number;
  failingChecks: number;
  /** The row at which the audit chain was found broken. */
  brokenAt?: number | undefined;
}

const MINUTE = 60_000;
const WAITS_LONG = 15 * MINUTE;
const ENDS_SOON = 10 * MINUTE;
const plural = (count: number, word: string) => `${count} ${word}${count === 1 ? "" : "s"}`;

const count = (size: number, call: Omit<Attention, "size">): Attention[] => (size === 0 ? [] : [{ ...call, size }]);

/** Services that are not there any more; an old instance beside a live one has been replaced. */
function unseen({ services, now }: Signs): Attention[] {
  const live = new Set(services.filter(({ live: isLive }) => isLive).map(({ service }) => service));
  const newest = new Map<string, number>();
  for (const { service, seenAt } of services)
    if (!live.has(service)) newest.set(service, Math.max(seenAt, newest.get(service) ?? 0));
  return [...newest].map(([service, since]) => ({
    key: `service:${service}`,
    what: `The ${service} service was not seen for ${formatDuration(now - since)}`,
    since,
    href: "/admin/system",
    word: "System",
    size: 1,
  }));
}

const runCalls = (kind: "quiet" | "parked", runs: readonly OfRun[]): Attention[] =>
  runs.map(({ id, anchorId, title, since }) => ({
    key: `${kind}:${id}`,
    what: `${kind === "quiet" ? "Quiet" : "Parked"}: ${title}`,
    since,
    href: `/admin/conversations/${anchorId}/runs/${id}`,
    word: "Open the run",
    size: 1,
  }));

function approvalCalls({ approvals, now }: Signs): Attention[] {
  const urgent = approvals.filter((one) => now - one.createdAt > WAITS_LONG || one.expiresAt - now < ENDS_SOON);
  return urgent.map(({ id, title, createdAt }) => ({
    key: `approval:${id}`,
    what: `A decision waits: ${title}`,
    since: createdAt,
    href: `/admin/approvals/${id}`,
    word: "Decide",
    size: 1,
  }));
}

const questionCalls = ({ questions, now }: Signs): Attention[] =>
  questions
    .filter(({ createdAt }) => now - createdAt > WAITS_LONG)
    .map(({ id, anchorId, createdAt }) => ({
      key: `question:${id}`,
      what: "A question of the agent is not answered",
      since: createdAt,
      href: `/admin/conversations/${anchorId}`,
      word: "Open the conversation",
      size: 1,
    }));

function queueCalls({ dead, oldestReadyAt, now }: Signs): Attention[] {
  const isLate = oldestReadyAt !== undefined && now - oldestReadyAt > WAITS_LONG;
  return [
    ...count(dead, {
      key: "dead",
      what: `${plural(dead, "dead letter")} ${dead === 1 ? "waits" : "wait"} for a person`,
      href: "/admin/queue?tab=dead",
      word: "Dead letters",
    }),
    ...count(isLate ? 1 : 0, {
      key: "late",
      what: "The oldest request has waited for more than 15 minutes",
      since: oldestReadyAt,
      href: "/admin/queue",
      word: "Queue",
    }),
  ];
}

/** States of a link that want a person, in words. */
const BROKEN = new Map([
  ["down", "is down"],
  ["drift", "offers other tools than Thor expects"],
  ["refused", "is refused: its tools differ from what Thor expects"],
]);

const linkCalls = ({ integrations }: Signs): Attention[] =>
  integrations
    .filter(({ state }) => BROKEN.has(state))
    .map(({ integration, state, since }) => ({
      key: `integration:${integration}`,
      what: `${integration} ${BROKEN.get(state) ?? state}`,
      since,
      href: `/admin/integrations/${encodeURIComponent(integration)}`,
      word: "Integration",
      size: 1,
    }));

function settingCalls({ configFaults, invalidLines, blockedHosts, failingChecks }: Signs): Attention[] {
  return [
    ...count(configFaults, {
      key: "config",
      what: `thor.json has ${plural(configFaults, "fault")}; the last good settings are in use`,
      href: "/admin/config",
      word: "Config",
    }),
    ...count(invalidLines, {
      key: "crontab",
      what: `${plural(invalidLines, "line")} of the crontab cannot be read`,
      href: "/admin/schedules",
      word: "Schedules",
    }),
    ...count(blockedHosts, {
      key: "egress",
      what: `${plural(blockedHosts, "host")} newly blocked`,
      href: "/admin/egress",
      word: "Egress",
    }),
    ...count(failingChecks, {
      key: "doctor",
      what: `${plural(failingChecks, "check")} of the doctor ${failingChecks === 1 ? "fails" : "fail"}`,
      href: "/admin/system",
      word: "Doctor",
    }),
  ];
}

/** Every call for a person, worst first. */
export function attentionOf(signs: Signs): Attention[] {
  return [
    ...count(signs.paused ? 1 : 0, {
      key: "paused",
      what: "Dispatch is paused: requests are kept, none starts",
      href: "/admin/system",
      word: "System",
    }),
    ...count(signs.brokenAt === undefined ? 0 : 1, {
      key: "audit",
      what: `The audit chain is broken at row ${signs.brokenAt ?? 0}`,
      href: "/admin/audit",
      word: "Audit",
    }),
    ...unseen(signs),
    ...queueCalls(signs),
    ...runCalls("quiet", signs.quietRuns),
    ...approvalCalls(signs),
    ...questionCalls(signs),
    ...runCalls("parked", signs.parkedRuns),
    ...count(signs.failedPromises, {
      key: "promises",
      what: `${plural(signs.failedPromises, "promise")} could not be kept`,
      href: "/admin/queue?tab=promises",
      word: "Promises",
    }),
    ...linkCalls(signs),
    ...settingCalls(signs),
  ];
}

/** Leaves out what was hidden, unless it has grown since. */
export const withoutSnoozed = (calls: readonly Attention[], snoozed: ReadonlyMap<string, number>): Attention[] =>
  calls.filter(({ key, size }) => size > (snoozed.get(key) ?? -1));
