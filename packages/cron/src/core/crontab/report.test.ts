import { expect, it } from "vitest";

import { lineDiff, scheduleRows, statusText } from "./report.ts";
import { scheduleWords } from "./words.ts";

const crontab = {
  jobs: [
    {
      lineHash: "h1",
      lineNo: 1,
      text: "0 9 * * 1 hey-thor -- 'p'",
      schedule: "0 9 * * 1",
      zone: "Europe/Berlin",
      directory: "/w/repos/demo",
      prompt: "p",
      missed: "skip" as const,
      maxLateMs: 1,
    },
  ],
  invalid: [
    {
      lineHash: "h2",
      lineNo: 2,
      text: "0 25 * * * hey-thor -- 'p'",
      fault: { code: "field_invalid", column: 3, message: '"25" is not a hour', suggestion: "0 23 * * *" },
    },
  ],
};

it.each([
  ["*/5 * * * *", "every 5 minutes"],
  ["* * * * *", "every minute"],
  ["0 * * * *", "every day at minute 00 of every hour"],
  ["0 9 * * 1-5", "on Monday to Friday at 09:00"],
  ["30 8,20 * * *", "every day at 08:30, 20:30"],
  ["0 6 13 * 5", "on day 13 or on Friday at 06:00"],
  ["15 7 1 1,7 *", "on day 1 in January, July at 07:15"],
])("says %s as: %s", (schedule, words) => {
  expect(scheduleWords(schedule)).toBe(words);
});

it("tells whoever edited the file what is wrong, with a caret below it, and when the rest comes", () => {
  const text = statusText(crontab, { notice: undefined, times: () => ["2026-11-30 09:00"] });
  expect(text.split("\n")).toEqual([
    "# Written by the scheduler; editing it changes nothing.",
    "CHECK: 1 job, 1 line not understood",
    "",
    'line 2, column 3: "25" is not a hour (field_invalid)',
    "    0 25 * * * hey-thor -- 'p'",
    "      ^",
    "    try: 0 23 * * *",
    "",
    "line 1: on Monday at 09:00 (Europe/Berlin) in /w/repos/demo",
    "    a new conversation each time",
    "    next: 2026-11-30 09:00",
    "",
  ]);
});

it("keeps good and bad lines for the ledger", () => {
  expect(scheduleRows(crontab, () => 7)).toMatchObject([
    { lineHash: "h1", valid: true, nextAt: 7, words: "on Monday at 09:00" },
    { lineHash: "h2", valid: false, errorColumn: 3, errorCode: "field_invalid" },
  ]);
});

it("names the lines that came and went, in a size that an audit row holds", () => {
  expect(lineDiff("a\nb\nc", "a\nB\nc")).toEqual({ added: 1, removed: 1, lines: "- b\n+ 2: B" });
  const long = Array.from({ length: 300 }, (_, at) => `${at}${"ä".repeat(200)}`).join("\n");
  const { added, lines } = lineDiff("", long);
  expect(added).toBe(300);
  expect(Buffer.byteLength(JSON.stringify({ added, removed: 1, lines }))).toBeLessThan(4096);
});
