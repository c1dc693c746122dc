/**
 * When somebody should look at a lane of events.
 *
 *   idle ──arrival──▶ waiting ──claim──▶ held ──settle──▶ idle | waiting | backoff | busy
 *   busy ──urgent or interrupting arrival, closed run──▶ due      backoff ──human arrival──▶ due
 *   any ──stop──▶ stopped ──human arrival, resume──▶ waiting
 */
export type LaneStatus = "idle" | "waiting" | "held" | "backoff" | "busy" | "stopped";

/** The two sliding windows: plain arrivals and interrupting ones. Null: nothing of that kind came since the claim. */
export interface Windows {
  quiet_first_at: number | null;
  quiet_due_at: number | null;
  int_first_at: number | null;
  int_due_at: number | null;
}
export interface LaneTiming extends Windows {
  status: LaneStatus;
  due_at: number | null;
}
export interface Arrival {
  at: number;
  human: boolean;
  urgent: boolean;
  interrupt: boolean;
}
interface WindowLimits {
  quietMs: number;
  quietCapMs: number;
}

export const NO_WINDOWS: Windows = { quiet_first_at: null, quiet_due_at: null, int_first_at: null, int_due_at: null };

const earliest = (...times: (number | null)[]) => {
  const known = times.filter((time) => time !== null);
  return known.length === 0 ? null : Math.min(...known);
};

/** The time the windows ask for; null when nothing arrived since the last claim. */
const windowsDue = ({ quiet_due_at, int_due_at }: Windows) => earliest(quiet_due_at, int_due_at);

/** Marks a lane as due from `at` on, whatever arrives later: a first arrival so old that its cap has passed. */
export function dueNow(windows: Windows, at: number, { quietCapMs }: WindowLimits): Windows {
  const firstAt = earliest(windows.int_first_at, at - quietCapMs);
  return { ...windows, int_first_at: firstAt, int_due_at: earliest(windows.int_due_at, at) };
}

/** Slides the window an arrival belongs to. */
function slide(windows: Windows, arrival: Arrival, limits: WindowLimits): Windows {
  const { at } = arrival;
  const { quietMs, quietCapMs } = limits;
  if (arrival.urgent) return dueNow(windows, at, limits);
  if (arrival.interrupt) {
    const firstAt = windows.int_first_at ?? at;
    return { ...windows, int_first_at: firstAt, int_due_at: Math.min(at + quietMs, firstAt + quietCapMs) };
  }
  const firstAt = windows.quiet_first_at ?? at;
  return { ...windows, quiet_first_at: firstAt, quiet_due_at: Math.min(at + quietMs, firstAt + quietCapMs) };
}

/** A lane after an arrival: its windows always slide, its due time only where the status allows it. */
export function afterArrival(lane: LaneTiming, arrival: Arrival, limits: WindowLimits): LaneTiming {
  const windows = slide(lane, arrival, limits);
  const wanted = windowsDue(windows);
  const sooner = earliest(lane.due_at, wanted);
  switch (lane.status) {
    case "idle":
      return { ...windows, status: "waiting", due_at: wanted };
    case "waiting":
      return { ...windows, status: "waiting", due_at: windowsDue(lane) === null ? sooner : wanted };
    case "held":
      return { ...windows, status: "held", due_at: lane.due_at };
    case "busy":
      return { ...windows, status: "busy", due_at: arrival.urgent || arrival.interrupt ? sooner : lane.due_at };
    case "backoff":
      return { ...windows, status: "backoff", due_at: arrival.human ? sooner : lane.due_at };
    case "stopped":
      return arrival.human
        ? { ...windows, status: "waiting", due_at: wanted }
        : { ...windows, status: "stopped", due_at: null };
  }
}

/** What still waits in a lane that nobody holds. */
export interface Waiting {
  pending: number;
  /** The smallest `not_before` of what waits; null when nothing does. */
  notBefore: number | null;
}

/** A lane that nobody holds any more: idle when empty, else due by its windows but never before what waits may move. */
export function atRest(lane: Windows, waiting: Waiting, now: number): LaneTiming {
  if (waiting.pending === 0) return { ...NO_WINDOWS, status: "idle", due_at: null };
  const floor = waiting.notBefore ?? now;
  const wanted = windowsDue(lane);
  const dueAt = wanted === null ? Math.max(now, floor) : Math.max(wanted, floor);
  return { ...windowsOf(lane), status: "waiting", due_at: dueAt };
}

/** Only the windows of a lane. */
function windowsOf({ quiet_first_at, quiet_due_at, int_first_at, int_due_at }: Windows): Windows {
  return { quiet_first_at, quiet_due_at, int_first_at, int_due_at };
}

/** A lane after an edit of something that still waits: the plain window starts again. */
export function afterEdit(lane: LaneTiming, arrival: Arrival, limits: WindowLimits): LaneTiming {
  const restarted = afterArrival({ ...lane, quiet_first_at: null, quiet_due_at: null }, arrival, limits);
  return restarted.status === "waiting" ? { ...restarted, due_at: windowsDue(restarted) } : restarted;
}
