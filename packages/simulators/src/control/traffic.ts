/** Every request, answer and delivery, with secrets masked; and every call the provider would have refused. */
import type { SimClock } from "../world/clock.ts";

const RING = 20_000;
const RING_CHARS = 32 * 1024 * 1024;
const MAX_BODY_CHARS = 64 * 1024;
const SECRETS = [
  /\bxox[abpe]-[A-Za-z0-9-]{6,}/g,
  /\bxapp-[A-Za-z0-9-]{6,}/g,
  /\bghs_\w{6,}/g,
  /\beyJ[\w-]+\.[\w-]+\.[\w-]+/g,
];
const SECRET_HEADERS = new Set(["authorization", "cookie", "x-slack-signature"]);

interface Exchange {
  at: number;
  sim: string;
  /** `in`: Thor calls us; `out`: we deliver. */
  direction: "in" | "out";
  method: string;
  status: number | undefined;
  ms: number;
  request: string;
  response: string;
  fault?: string;
}

interface Violation {
  at: number;
  sim: string;
  method: string;
  what: string;
}

export interface Traffic {
  record: (entry: Omit<Exchange, "request" | "response"> & { request: unknown; response: unknown }) => void;
  violate: (violation: Omit<Violation, "at">) => void;
  list: (filter: { since?: number | undefined; sim?: string | undefined; match?: string | undefined }) => Exchange[];
  violations: () => Violation[];
  /** Tells who watches that something of this topic changed; the returned function ends it. */
  watch: (listener: (topic: string, detail: unknown) => void) => () => void;
  tell: (topic: string, detail: unknown) => void;
}

/** Replaces everything that has the shape of a credential. */
export function maskSecrets(text: string): string {
  return SECRETS.reduce((masked, shape) => masked.replace(shape, (secret) => `${secret.slice(0, 5)}…`), text);
}

/** Headers as they may be kept. */
export function maskHeaders(headers: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const entries = Object.entries(headers);
  return Object.fromEntries(entries.map(([name, value]) => [name, SECRET_HEADERS.has(name) ? "…" : value]));
}

const textOf = (value: unknown) =>
  maskSecrets(typeof value === "string" ? value : (JSON.stringify(value) ?? "")).slice(0, MAX_BODY_CHARS);

const sizeOf = ({ request, response }: Exchange) => request.length + response.length;

export function createTraffic(clock: SimClock): Traffic {
  const entries: Exchange[] = [];
  const violations: Violation[] = [];
  let chars = 0;
  const keep = (entry: Exchange) => {
    chars += sizeOf(entry);
    entries.push(entry);
    while (entries.length > RING || chars > RING_CHARS) {
      const oldest = entries.shift();
      chars -= oldest === undefined ? chars : sizeOf(oldest);
    }
  };
  const listeners = new Set<(topic: string, detail: unknown) => void>();
  const tell = (topic: string, detail: unknown) => {
    for (const listener of listeners) listener(topic, detail);
  };
  return {
    record: (entry) => {
      keep({ ...entry, request: textOf(entry.request), response: textOf(entry.response) });
      tell("traffic", entry.sim);
    },
    violate: (violation) => {
      violations.push({ at: clock.now(), ...violation });
    },
    list: ({ since = 0, sim, match }) =>
      entries.filter(
        (entry) =>
          entry.at >= since &&
          (sim === undefined || entry.sim === sim) &&
          (match === undefined || `${entry.method} ${entry.request} ${entry.response}`.includes(match)),
      ),
    violations: () => [...violations],
    watch: (listener) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    tell,
  };
}
