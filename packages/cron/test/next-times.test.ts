import { describe, expect, it } from "vitest";

import { createNextTimes } from "../src/adapters/next-times.ts";

const times = createNextTimes();
const from = (schedule: string, zone: string, of: { at: string; count: number }) =>
  times
    .upcoming(schedule, zone, { at: Date.parse(of.at), count: of.count })
    .map((at) => new Date(at).toISOString().slice(5, 16));

type Parts = Record<string, string>;

/** Every quarter of an hour of a leap year as the zone's clock shows it: slow, and nothing like the library's own way. */
function quarters(zone: string): { at: number; parts: Parts }[] {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    month: "numeric",
    day: "numeric",
    weekday: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  return Array.from({ length: 366 * 96 }, (_, quarter) => {
    const at = Date.UTC(2024, 0, 1) + quarter * 15 * 60_000;
    return { at, parts: Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value])) };
  });
}

const FORMS: [schedule: string, fits: (parts: Parts) => boolean][] = [
  ["0 * * * *", ({ minute }) => minute === "00"],
  [
    "30 9 * * 1-5",
    ({ hour, minute, weekday }) => hour === "09" && minute === "30" && weekday !== "Sat" && weekday !== "Sun",
  ],
  ["0 12 29 2 *", ({ month, day, hour, minute }) => month === "2" && day === "29" && hour === "12" && minute === "00"],
  [
    "15 8,20 1,31 * *",
    ({ day, hour, minute }) => (day === "1" || day === "31") && (hour === "08" || hour === "20") && minute === "15",
  ],
  [
    "0 6 13 * 5",
    ({ day, weekday, hour, minute }) => (day === "13" || weekday === "Fri") && hour === "06" && minute === "00",
  ],
  [
    "45 10-14/2 * 3-5 0",
    ({ month, weekday, hour, minute }) =>
      ["3", "4", "5"].includes(month ?? "") &&
      weekday === "Sun" &&
      ["10", "12", "14"].includes(hour ?? "") &&
      minute === "45",
  ],
];

describe("a simulated year", () => {
  it.each(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata"])(
    "fires each form of the grammar at the expected instants in %s",
    (zone) => {
      const year = quarters(zone);
      for (const [schedule, fits] of FORMS) {
        const expected = year.filter(({ parts }) => fits(parts)).map(({ at }) => at);
        const found: number[] = [];
        const end = Date.UTC(2025, 0, 1);
        let at = times.after(schedule, zone, Date.UTC(2024, 0, 1) - 1);
        for (; at !== undefined && at < end; at = times.after(schedule, zone, at)) found.push(at);
        expect({ schedule, found }).toEqual({ schedule, found: expected });
      }
    },
    60_000,
  );
});

describe("the clock changes", () => {
  const zone = "Europe/Berlin";
  const spring = "2026-03-28T12:00Z";
  const autumn = "2026-10-24T12:00Z";

  it("fires a local time that is skipped at the first instant after the gap", () => {
    expect(from("30 2 * * *", zone, { at: spring, count: 2 })).toEqual(["03-29T01:00", "03-30T00:30"]);
    expect(from("0,30 2 * * *", zone, { at: spring, count: 2 })).toEqual(["03-29T01:00", "03-30T00:00"]);
  });

  it("fires a local time that comes twice once", () => {
    expect(from("30 2 * * *", zone, { at: autumn, count: 2 })).toEqual(["10-25T00:30", "10-26T01:30"]);
    expect(from("0,30 2 * * *", zone, { at: autumn, count: 3 })).toEqual(["10-25T00:00", "10-25T00:30", "10-26T01:00"]);
  });

  it("lets steps follow real time through both", () => {
    expect(from("*/30 * * * *", zone, { at: "2026-03-29T00:15Z", count: 3 })).toEqual([
      "03-29T00:30",
      "03-29T01:00",
      "03-29T01:30",
    ]);
    expect(from("*/30 * * * *", zone, { at: "2026-10-24T23:45Z", count: 4 })).toEqual([
      "10-25T00:00",
      "10-25T00:30",
      "10-25T01:00",
      "10-25T01:30",
    ]);
  });
});

it("looks back as it looks ahead, and knows what never comes", () => {
  const at = Date.parse("2026-10-26T12:00Z");
  const back = times.until("0,30 2 * * *", "Europe/Berlin", { at, count: 5 });
  const first = back[0] ?? 0;
  expect(times.upcoming("0,30 2 * * *", "Europe/Berlin", { at: first - 1, count: 5 })).toEqual(back);
  expect(times.until("0 12 26 10 *", "UTC", { at, count: 1 })).toEqual([at]);
  expect(times.after("0 0 30 2 *", "UTC", at)).toBeUndefined();
});
