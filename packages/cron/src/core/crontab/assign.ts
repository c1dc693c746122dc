/** The settings that hold for the lines below them. */
import type { Fault } from "./lex.ts";

export interface Settings {
  zone: string;
  missed: "skip" | "once";
  maxLateMs: number;
}
export type SettingName = "CRON_TZ" | "THOR_MISSED" | "THOR_MAX_LATE";

const UNIT_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const HOUR_MS = 3_600_000;
const ASSIGNMENT = /^([ \t]*)([A-Za-z_][A-Za-z0-9_]*)([ \t]*=[ \t]*)(.*)$/;

export const defaultSettings = (zone: string): Settings => ({ zone, missed: "skip", maxLateMs: 6 * HOUR_MS });

/** A zone of the IANA data base that this process knows. */
export function isZone(zone: string): boolean {
  if (!/^[A-Za-z][A-Za-z0-9_+/-]*$/.test(zone)) return false;
  try {
    return new Intl.DateTimeFormat("en", { timeZone: zone }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}

function durationMs(text: string): number | undefined {
  const [, count, unit = ""] = /^(\d{1,5})([smhd])$/.exec(text) ?? [];
  return count === undefined ? undefined : Number(count) * (UNIT_MS[unit] ?? 0);
}

const READERS: Readonly<Record<SettingName, (value: string) => Partial<Settings> | string>> = {
  CRON_TZ: (zone) => (isZone(zone) ? { zone } : "is not a time zone; write one like Europe/Berlin or UTC"),
  THOR_MISSED: (missed) => (missed === "skip" || missed === "once" ? { missed } : "must be skip or once"),
  THOR_MAX_LATE: (text) => {
    const maxLateMs = durationMs(text);
    return maxLateMs === undefined ? "must be a duration like 30m, 6h or 1d" : { maxLateMs };
  },
};
const isSettingName = (name: string): name is SettingName => name in READERS;

export type Assignment =
  | { kind: "none" }
  | { kind: "set"; name: SettingName; settings: Partial<Settings> }
  | { kind: "bad"; name: SettingName | undefined; fault: Fault };

/** Reads a line as an assignment, if it is one. */
export function parseAssignment(line: string): Assignment {
  const [, indent, name, equals, value] = ASSIGNMENT.exec(line) ?? [];
  if (indent === undefined || name === undefined || equals === undefined || value === undefined)
    return { kind: "none" };
  if (!isSettingName(name)) {
    const message = `${name} means nothing here; only ${Object.keys(READERS).join(", ")} can be set`;
    return { kind: "bad", name: undefined, fault: { code: "assign_unknown", column: indent.length + 1, message } };
  }
  const read = READERS[name](value.trim());
  if (typeof read !== "string") return { kind: "set", name, settings: read };
  const column = indent.length + name.length + equals.length + 1;
  return { kind: "bad", name, fault: { code: "assign_invalid", column, message: `${name} ${read}` } };
}
