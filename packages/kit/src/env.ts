/** The environment of a service: read once, all faults reported together, by name and never by value. */
import { readFileSync } from "node:fs";

import { z } from "zod";

export class EnvError extends Error {}

/** An integer written so that it reads back exactly. */
export const envInt = (limits: { min: number; max: number }) =>
  z
    .string()
    .refine((text) => String(Number.parseInt(text, 10)) === text, "must be a whole number")
    .transform((text) => Number.parseInt(text, 10))
    .pipe(z.number().int().min(limits.min).max(limits.max));

/** A base URL without its trailing slashes. */
export const envUrl = z.url({ protocol: /^https?$/ }).transform((url) => url.replace(/\/+$/, ""));

/** A secret: at least 32 characters. */
export const envSecret = z.string().min(32, "must have at least 32 characters");

/** Secrets that were current before and still verify, as a variable lists them: comma separated. */
export const secretList = (text: string | undefined): string[] =>
  (text ?? "").split(",").flatMap((word) => (word.trim() === "" ? [] : [word.trim()]));

function fileValue(name: string, path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    throw new EnvError(`- ${name}_FILE: the file cannot be read`);
  }
}

function wordOf(env: Readonly<Record<string, string | undefined>>, name: string): string | undefined {
  const direct = env[name]?.trim();
  if (direct !== undefined && direct !== "") return direct;
  const path = env[`${name}_FILE`]?.trim();
  if (path === undefined || path === "") return undefined;
  const text = fileValue(name, path).trim();
  return text === "" ? undefined : text;
}

/** Parses the variables that `shape` names: trimmed, blank = unset, `<NAME>_FILE` read; throws one EnvError for all. */
export function readEnv<Shape extends z.ZodRawShape>(
  shape: Shape,
  env: Readonly<Record<string, string | undefined>>,
): z.output<z.ZodObject<Shape>> {
  const words = Object.fromEntries(Object.keys(shape).map((name) => [name, wordOf(env, name)]));
  const parsed = z.object(shape).safeParse(words);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map(({ path, message, code }) => {
    const name = path.map(String).join(".");
    const isMissing = code === "invalid_type" && words[name] === undefined;
    return isMissing ? `Missing required env var ${name}` : `- ${name}: ${message}`;
  });
  throw new EnvError(lines.join("\n"));
}
