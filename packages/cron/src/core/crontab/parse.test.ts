import { createHash } from "node:crypto";

import { describe, expect, it } from "vitest";

import { parseCrontab, type ParseFacts } from "./parse.ts";

const hash = (text: string) => createHash("sha256").update(text).digest("hex");
const facts: ParseFacts = {
  zone: "UTC",
  reposRoot: "/w/repos",
  repos: new Set(["demo", "other"]),
  defaultRepo: "demo",
  hash,
  comes: (schedule) => schedule !== "0 0 30 2 *",
};
const parse = (text: string, more: Partial<ParseFacts> = {}) => parseCrontab(text, { ...facts, ...more });
const job = (line: string) => parse(line).jobs[0];
const fault = (line: string, more: Partial<ParseFacts> = {}) => parse(line, more).invalid[0]?.fault;

describe("a job", () => {
  it("is a schedule, hey-thor, options and a quoted prompt; a comment may follow", () => {
    expect(
      job(`*/5 9-17 1,15 jan-MAR mon-fri  hey-thor --key weekly --dir /w/repos/other -- "a \\"b\\" \\\\ \\n c" # why`),
    ).toMatchObject({
      schedule: "*/5 9-17 1,15 1-3 1-5",
      key: "weekly",
      directory: "/w/repos/other",
      prompt: 'a "b" \\ \n c',
      zone: "UTC",
      missed: "skip",
      maxLateMs: 21_600_000,
    });
    expect(job(`@daily hey-thor -- 'as "it" is \\n'`)).toMatchObject({
      schedule: "0 0 * * *",
      prompt: 'as "it" is \\n',
    });
  });

  it.each(["$(reboot)", "`id`", "a; rm -rf /", "a && b", "a | b", "50% of $HOME > /tmp/x", "${X}", "\\$(id)"])(
    "keeps %s as words of the prompt",
    (text) => {
      expect(job(`0 9 * * * hey-thor -- '${text}'`)?.prompt).toBe(text);
    },
  );

  it.each([
    ["01 02 * * 7", "1 2 * * 0"],
    ["0 0 * * fri-sun", "0 0 * * 5-7"],
    ["0 0 * * SUN-tue/2", "0 0 * * 0-2/2"],
    ["5,*,7 * * * *", "* * * * *"],
    ["@hourly", "0 * * * *"],
    ["@Weekly", "0 0 * * 0"],
    ["@monthly", "0 0 1 * *"],
    ["@yearly", "0 0 1 1 *"],
  ])("writes %s in one spelling", (written, schedule) => {
    expect(job(`${written} hey-thor -- 'p'`)?.schedule).toBe(schedule);
  });

  it("is the same job in any spelling, and fires once when it is there twice", () => {
    const { jobs, invalid } = parse(`0 9 * * 1 hey-thor -- 'p'\n00 09 * * mon hey-thor --dir /w/repos/demo -- "p"\r\n`);
    expect(jobs).toHaveLength(1);
    expect(invalid).toMatchObject([
      { lineNo: 2, fault: { code: "duplicate", message: expect.stringContaining("line 1") } },
    ]);
  });

  it("is another job in another zone, directory, conversation or with another prompt", () => {
    const lines = [
      "0 9 * * * hey-thor -- 'p'",
      "0 9 * * * hey-thor -- 'q'",
      "0 9 * * * hey-thor --key k -- 'p'",
      "0 9 * * * hey-thor --dir /w/repos/other -- 'p'",
      "CRON_TZ=Asia/Kolkata",
      "0 9 * * * hey-thor -- 'p'",
    ];
    expect(new Set(parse(lines.join("\n")).jobs.map(({ lineHash }) => lineHash)).size).toBe(5);
  });
});

describe("what is wrong", () => {
  it.each([
    ["0 9 * * hey-thor -- 'p'", "field_count", 9],
    ["0 9 * * *", "command_missing", 10],
    ["0 9", "field_count", 4],
    ["0 0 9 * * * hey-thor -- 'p'", "field_count", 11],
    ["61 9 * * * hey-thor -- 'p'", "field_invalid", 1],
    ["0 9 1,32 * * hey-thor -- 'p'", "field_invalid", 7],
    ["0 9 L * * hey-thor -- 'p'", "field_invalid", 5],
    ["0 9 15W * * hey-thor -- 'p'", "field_invalid", 5],
    ["0 9 ? * * hey-thor -- 'p'", "field_invalid", 5],
    ["0 9 * * 1#2 hey-thor -- 'p'", "field_invalid", 9],
    ["*/0 * * * * hey-thor -- 'p'", "field_invalid", 1],
    ["1,,2 * * * * hey-thor -- 'p'", "field_invalid", 3],
    ["@reboot hey-thor -- 'p'", "nickname_unknown", 1],
    ["0 9 * * * rm -rf /", "other_command", 11],
    ["0 9 * * * hey-thor 'p'", "separator_missing", 20],
    ["0 9 * * * hey-thor", "separator_missing", 19],
    ["0 9 * * * hey-thor --now -- 'p'", "option_unknown", 20],
    ["0 9 * * * hey-thor --key a --key b -- 'p'", "option_twice", 28],
    ["0 9 * * * hey-thor --key -- 'p'", "option_value", 26],
    ["0 9 * * * hey-thor --key 'a' -- 'p'", "option_value", 26],
    ["0 9 * * * hey-thor --key slack:thread:x -- 'p'", "key_invalid", 26],
    ["0 9 * * * hey-thor --dir /etc -- 'p'", "directory_invalid", 26],
    ["0 9 * * * hey-thor --dir /w/repos/demo/sub -- 'p'", "directory_invalid", 26],
    ["0 9 * * * hey-thor --", "prompt_missing", 22],
    ["0 9 * * * hey-thor -- p", "prompt_quote", 23],
    ["0 9 * * * hey-thor -- 'p", "prompt_open", 23],
    [String.raw`0 9 * * * hey-thor -- "a \t"`, "prompt_escape", 26],
    ["0 9 * * * hey-thor -- 'p'; reboot", "prompt_trailing", 26],
    ["0 9 * * * hey-thor -- 'p' && reboot", "prompt_trailing", 27],
    ["0 9 * * * hey-thor -- ' '", "prompt_invalid", 23],
    [`0 9 * * * hey-thor -- '${"ä".repeat(8193)}'`, "prompt_invalid", 23],
    ["0 0 30 2 * hey-thor -- 'p'", "schedule_never", 1],
    ["0 9 * * * hey-thor -- 'a\u0007'", "control_character", 25],
    ["MAILTO=ops", "assign_unknown", 1],
    ["CRON_TZ=Mars/Base", "assign_invalid", 9],
    ["CRON_TZ=+02:00", "assign_invalid", 9],
    ["THOR_MISSED = twice", "assign_invalid", 15],
    ["THOR_MAX_LATE=soon", "assign_invalid", 15],
  ])("says of %s: %s at its column", (line, code, column) => {
    expect(fault(line)).toMatchObject({ code, column, message: expect.stringMatching(/\S/) });
    expect(parse(line).jobs).toEqual([]);
  });

  it.each([
    ["0 9 * * 1 cd /w/repos/demo && hey-thor 'p'", "0 9 * * 1 hey-thor --dir /w/repos/demo -- 'p'"],
    ["5/15 * * * * hey-thor -- 'p'", "5-59/15"],
    ["0 22-3 * * * hey-thor -- 'p'", "22-23,0-3"],
    ["0 9 * * * hey-thor --dir demo -- 'p'", "--dir /w/repos/demo"],
  ])("suggests for %s what works", (line, suggestion) => {
    expect(fault(line)?.suggestion).toBe(suggestion);
  });

  it("suggests only what it would take itself", () => {
    const again = fault("0 9 * * 1 cd /w/repos/demo && hey-thor 'p'")?.suggestion ?? "";
    expect(job(again)).toMatchObject({ directory: "/w/repos/demo", prompt: "p" });
  });

  it("asks for a directory when there is no default repository", () => {
    expect(fault("0 9 * * * hey-thor -- 'p'", { defaultRepo: undefined })).toMatchObject({ code: "directory_missing" });
  });
});

describe("a file", () => {
  const good = (at: number) => `${at} 9 * * * hey-thor -- 'job ${at}'`;

  it("runs nine of ten lines when one is bad", () => {
    const lines = Array.from({ length: 10 }, (_, at) => (at === 4 ? "99 9 * * * hey-thor -- 'bad'" : good(at)));
    const { jobs, invalid } = parse(lines.join("\n"));
    expect(jobs).toHaveLength(9);
    expect(invalid).toMatchObject([{ lineNo: 5, fault: { code: "field_invalid", column: 1 } }]);
  });

  it("disables the lines below a bad setting up to the next good one, with the reason", () => {
    const text = ["CRON_TZ=Nowhere", good(1), "THOR_MISSED=once", good(2), "CRON_TZ=Europe/Berlin", good(3)].join("\n");
    const { jobs, invalid } = parse(text);
    expect(jobs).toMatchObject([{ lineNo: 6, zone: "Europe/Berlin", missed: "once" }]);
    expect(invalid.map(({ lineNo, fault: { code } }) => [lineNo, code])).toEqual([
      [1, "assign_invalid"],
      [2, "setting_unknown"],
      [4, "setting_unknown"],
    ]);
    expect(invalid[1]?.fault.message).toContain("line 1");
  });

  it("runs at most 500 jobs and reports the rest; its excerpts are short", () => {
    const lines = Array.from({ length: 501 }, (_, at) => `0 9 * * * hey-thor -- '${at} ${"x".repeat(200)}'`);
    const { jobs, invalid } = parse(lines.join("\n"));
    expect([jobs.length, invalid[0]?.fault.code]).toEqual([500, "too_many"]);
    expect([...jobs, ...invalid].every(({ text }) => text.length <= 120)).toBe(true);
  });
});
