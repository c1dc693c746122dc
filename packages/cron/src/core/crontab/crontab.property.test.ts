import { createHash } from "node:crypto";

import * as fc from "fast-check";
import { expect, it } from "vitest";

import { parseCrontab, type ParseFacts } from "./parse.ts";

const facts: ParseFacts = {
  zone: "UTC",
  reposRoot: "/w/repos",
  repos: new Set(["demo"]),
  defaultRepo: "demo",
  hash: (text) => createHash("sha256").update(text).digest("hex"),
  comes: () => true,
};
const printable = fc.string({
  unit: fc.constantFrom(..."abc $`;&|>%\\\"'#\t{}äé日".split("")),
  minLength: 1,
  maxLength: 40,
});
const escaped = (prompt: string) => prompt.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");

it("gives back every prompt that was written with its escapes", () => {
  const prompts = fc.tuple(printable, printable).map(([a, b]) => `x${a}\n${b}`);
  fc.assert(
    fc.property(prompts, (prompt) => {
      const { jobs } = parseCrontab(`0 9 * * * hey-thor -- "${escaped(prompt)}"`, facts);
      expect(jobs.map((job) => job.prompt)).toEqual([prompt]);
    }),
  );
});

it("never throws and never lets one line change what another one means", () => {
  const good = "0 9 * * * hey-thor -- 'good'";
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 60 }), { maxLength: 8 }), (noise) => {
      const lines = noise.map((line) => line.replaceAll(/[\n=]/g, " ").replace(/^\s*@/, "x"));
      const { jobs } = parseCrontab([...lines, good].join("\n"), facts);
      expect(jobs.map(({ prompt }) => prompt)).toContain("good");
    }),
  );
});

const number = (min: number, max: number) => fc.integer({ min, max }).map(String);
const range = (min: number, max: number) =>
  fc.tuple(fc.integer({ min, max }), fc.integer({ min, max })).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`);
const field = (min: number, max: number) =>
  fc.oneof(
    fc.constant("*"),
    number(min, max),
    range(min, max),
    fc.integer({ min: 1, max }).map((step) => `*/${step}`),
  );

it("takes every schedule of the grammar, and its own spelling of it once more", () => {
  const schedules = fc.tuple(field(0, 59), field(0, 23), field(1, 31), field(1, 12), field(0, 7));
  fc.assert(
    fc.property(schedules, (fields) => {
      const first = parseCrontab(`${fields.join(" ")} hey-thor -- 'p'`, facts).jobs[0];
      const again = parseCrontab(`${first?.schedule} hey-thor -- 'p'`, facts).jobs[0];
      expect(again?.lineHash).toBe(first?.lineHash);
      expect(first?.schedule.split(" ")).toHaveLength(5);
    }),
  );
});
