/** How numbers, times and ids are written; every page writes them the same way. */
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const two = (value: number) => String(value).padStart(2, "0");

/** `12 s`, `3 m 04 s`, `2 h 10 m`, `4 d 02 h`. */
export function formatDuration(ms: number): string {
  const at = Math.max(0, Math.floor(ms / SECOND) * SECOND);
  if (at < MINUTE) return `${at / SECOND} s`;
  if (at < HOUR) return `${Math.floor(at / MINUTE)} m ${two((at % MINUTE) / SECOND)} s`;
  if (at < DAY) return `${Math.floor(at / HOUR)} h ${two(Math.floor((at % HOUR) / MINUTE))} m`;
  return `${Math.floor(at / DAY)} d ${two(Math.floor((at % DAY) / HOUR))} h`;
}

const cut = (value: number) => (Math.floor(value * 10) / 10).toFixed(1).replace(/\.0$/, "");

/** Truncated, never rounded up: `999`, `1.2 K`, `3.4 M`. */
export function formatCount(value: number): string {
  if (value < 1000) return String(value);
  return value < 1_000_000 ? `${cut(value / 1000)} K` : `${cut(value / 1_000_000)} M`;
}

/** At 1 and more two decimals, at 0.01 and more three, else four. */
export function formatUsd(micros: number): string {
  const usd = micros / 1_000_000;
  if (usd === 0) return "$0";
  if (usd >= 1) return `$${usd.toFixed(2)}`;
  return `$${usd.toFixed(usd >= 0.01 ? 3 : 4)}`;
}

/** What something cost; tokens whose model has no price are said to have none. */
export function formatCost({ costMicros, unpricedTokens }: { costMicros: number; unpricedTokens: number }): string {
  if (unpricedTokens === 0) return formatUsd(costMicros);
  return costMicros === 0 ? "no price" : `${formatUsd(costMicros)} + no price for ${formatCount(unpricedTokens)}`;
}

/** The last seven characters of an id, as people name it to each other. */
export const shortId = (id: string) => id.slice(-7);

/** `1.2 kB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1_000_000) return `${cut(bytes / 1000)} kB`;
  return bytes < 1_000_000_000 ? `${cut(bytes / 1_000_000)} MB` : `${cut(bytes / 1_000_000_000)} GB`;
}

/** `just now`, `3 min ago`, `in 2 h`. */
export function formatAgo(at: number, now: number): string {
  const away = Math.abs(now - at);
  if (away < 10 * SECOND) return "just now";
  const steps = [
    [DAY, "d"],
    [HOUR, "h"],
    [MINUTE, "min"],
    [SECOND, "s"],
  ] as const;
  const [unit, word] = steps.find(([size]) => away >= size) ?? [SECOND, "s"];
  const said = `${Math.floor(away / unit)} ${word}`;
  return at > now ? `in ${said}` : `${said} ago`;
}

/** A known zone's name, or UTC. */
export function zoneOf(name: string | undefined): string {
  try {
    return name === undefined || name === ""
      ? "UTC"
      : Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name).timeZoneId;
  } catch {
    return "UTC";
  }
}

/** `2026-11-27 06:25:31 UTC`. */
export function formatTime(at: number, zone: string): string {
  const time = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone);
  return `${time.toPlainDate().toString()} ${time.toPlainTime().toString({ smallestUnit: "second" })} ${zone}`;
}

/** As machines write it. */
export const isoTime = (at: number) => Temporal.Instant.fromEpochMilliseconds(at).toString();

/** `2026-11-27`, of UTC. */
export const isoDay = (at: number) => isoTime(at).slice(0, 10);
