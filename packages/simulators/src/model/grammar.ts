/** How a scripted conversation is written: turns of a model, as data; unknown keys are errors. */
import { parseAllDocuments } from "yaml";
import { z } from "zod";

/** `/pattern/flags`, or plain text that must be contained. */
const Pattern = z.string().min(1).max(2000);

/** One tool call: `bash`, or the shorthands `git`, `gh`, `slack`, or any offered tool with its arguments. */
const Call = z
  .record(z.string(), z.union([z.string(), z.record(z.string(), z.unknown())]))
  .refine((call) => Object.keys(call).length === 1, "name exactly one tool");
export type Call = z.infer<typeof Call>;

const Turn = z.strictObject({
  /** About the results just received; when it does not hold, `otherwise` is said. */
  expect: z.strictObject({ match: Pattern.optional(), not: Pattern.optional() }).optional(),
  /** Name → pattern whose first group is taken from the results just received. */
  capture: z.record(z.string(), Pattern).optional(),
  think: z.string().optional(),
  say: z.string().optional(),
  call: z.array(Call).max(20).optional(),
  edit: z.strictObject({ file: z.string(), find: z.string(), replace: z.string() }).optional(),
  /** The provider fails so many times before this turn. */
  fail: z
    .strictObject({
      status: z.number().int().min(400).max(599),
      retryAfter: z.number().int().min(0).optional(),
      times: z.number().int().min(1),
    })
    .optional(),
  /** The provider is silent so long before this turn, in seconds. */
  stall: z.number().min(0).max(600).optional(),
  finish: z.enum(["length", "content_filter"]).optional(),
});
export type Turn = z.infer<typeof Turn>;

const Condition = z.strictObject({
  user: Pattern.optional(),
  earlier: Pattern.optional(),
  system: Pattern.optional(),
  /** Whether the conversation had an answered message before this one. */
  followUp: z.boolean().optional(),
});
export type Condition = z.infer<typeof Condition>;

export const Scenario = z.strictObject({
  scenario: z.string().min(1),
  /** Any one of these is enough; none given fits always. */
  when: z.array(Condition).optional(),
  /** Name → template, or a pattern over the newest message with a fall-back. */
  vars: z.record(z.string(), z.union([z.string(), z.strictObject({ user: Pattern, or: z.string() })])).optional(),
  turns: z.array(Turn).min(1).max(200),
  otherwise: z.strictObject({ say: z.string() }).optional(),
});
export type Scenario = z.infer<typeof Scenario>;

/** Reads all documents of a YAML text; the first fault is thrown with its scenario's name. */
export function parseScenarios(yaml: string): Scenario[] {
  return parseAllDocuments(yaml).map((document) => {
    const [fault] = document.errors;
    if (fault !== undefined) throw fault;
    return Scenario.parse(document.toJS());
  });
}

/** Whether a text fits a pattern, and what its first group took. */
export function fit(pattern: string, text: string): { taken: string } | undefined {
  const parts = /^\/(.*)\/([a-z]*)$/s.exec(pattern);
  if (parts === null) return text.includes(pattern) ? { taken: pattern } : undefined;
  const found = new RegExp(parts[1] ?? "", parts[2]).exec(text);
  return found === null ? undefined : { taken: found[1] ?? found[0] };
}
