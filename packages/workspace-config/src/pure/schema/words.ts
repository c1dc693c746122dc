/** The words that every section of thor.json is made of. */
import { z } from "zod";

const DURATION = /^[1-9][0-9]*(s|m|h|d)$/;
const UNIT_MS = new Map([
  ["s", 1000],
  ["m", 60_000],
  ["h", 3_600_000],
  ["d", 86_400_000],
]);

/** `15m` in milliseconds; `0s` is none. */
export const durationMs = (text: string) => Number.parseInt(text, 10) * (UNIT_MS.get(text.at(-1) ?? "") ?? 0);

/** A duration such as `90s`, `15m`, `8h` or `7d`, between two others. */
export const duration = (limits: { min?: string; max?: string } = {}) => {
  const { min = "1s", max = "36500d" } = limits;
  const isWithin = (text: string) => durationMs(text) >= durationMs(min) && durationMs(text) <= durationMs(max);
  const range = [limits.min && `at least ${min}`, limits.max && `at most ${max}`].filter(Boolean).join(" and ");
  return z
    .string()
    .regex(DURATION, 'must be a duration such as "15m"')
    .refine((text) => !DURATION.test(text) || isWithin(text), `must be ${range}`);
};

export const slackUser = z.string().regex(/^[UW][A-Z0-9]{2,20}$/, "must be a Slack user id");
export const slackChannel = z.string().regex(/^[CGD][A-Z0-9]{2,20}$/, "must be a Slack channel id");
export const repoName = z
  .string()
  .regex(/^(?!\.{1,2}$)[A-Za-z0-9._-]+$/, "must be a repository name, without its owner");
export const profileName = z.string().regex(/^[A-Z_]+$/, "must be upper case letters and _");
export const toolName = z.string().regex(/^[A-Za-z0-9_./-]{1,128}$/, "must be the exact name of a tool");
export const githubLogin = z
  .string()
  .regex(/^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,98}[A-Za-z0-9])?$/, "must be a GitHub login");

/** Who may approve: a Slack user or user group, a group of this file, everybody in `users`, or anyone. */
export const approverToken = z
  .string()
  .regex(
    /^(?:[UWS][A-Z0-9]{2,20}|@group:[a-z][a-z0-9-]*|@users|\*)$/,
    'must be a Slack user or user group id, "@group:<name>", "@users" or "*"',
  );

/** Names that Slack and GitHub treat alike have one form. */
export const folded = (name: string) => name.toLowerCase();

/** A list whose entries differ, in any spelling. */
export const distinct = <T extends z.ZodType<string>>(item: T) =>
  z
    .array(item)
    .refine((items) => new Set(items.map((text) => folded(text))).size === items.length, "must not repeat an entry");
