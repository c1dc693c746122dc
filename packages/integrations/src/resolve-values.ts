/** Which values an integration works with in one profile. Never mixes two sets, never falls wider than the profile says. */
import type { Values, Variable } from "./manifest.ts";

export type Environment = Readonly<Partial<Record<string, string>>>;
export interface ProfileCredentials {
  name: string;
  /** Never falls to unsuffixed values. */
  isOwn: boolean;
}
export type Resolved =
  | { kind: "values"; values: Values; isSuffixed: boolean }
  | { kind: "absent" }
  /** Some of a set, but not all: an operator's mistake that is never guessed away. */
  | { kind: "incomplete"; missing: readonly string[] };

function wordOf(env: Environment, name: string): string | undefined {
  const text = env[name]?.trim();
  if (text === undefined || text === "") return undefined;
  return /^https?:\/\//.test(text) ? text.replace(/\/+$/, "") : text;
}

type Wanted = Pick<Variable, "name" | "scope" | "required" | "default">;

const setOf = (env: Environment, wanted: readonly Wanted[], suffix: string) =>
  wanted.map(({ name, required }) => ({ name, required, full: name + suffix, value: wordOf(env, name + suffix) }));

function globalsOf(env: Environment, wanted: readonly Wanted[]): [string, string][] {
  return wanted
    .filter(({ scope }) => scope === "global")
    .flatMap(({ name, ...variable }): [string, string][] => {
      const value = wordOf(env, name) ?? variable.default;
      return value === undefined ? [] : [[name, value]];
    });
}

/** Resolves the variables; a set counts as whole when all its required members are there. */
export function resolveValues(
  wanted: readonly Wanted[],
  env: Environment,
  profile: ProfileCredentials | undefined,
): Resolved {
  const own = wanted.filter(({ scope }) => scope !== "global");
  const globals = globalsOf(env, wanted);
  const given = (set: ReturnType<typeof setOf>, isSuffixed: boolean): Resolved => {
    const missing = set.filter(({ required, value }) => required && value === undefined);
    if (missing.length > 0) return { kind: "incomplete", missing: missing.map(({ full }) => full) };
    const values = set.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value] as const]));
    return { kind: "values", values: Object.fromEntries([...globals, ...values]), isSuffixed };
  };
  if (profile !== undefined) {
    const suffixed = setOf(env, own, `_${profile.name}`);
    if (suffixed.some(({ value }) => value !== undefined)) return given(suffixed, true);
    if (profile.isOwn && own.length > 0) return { kind: "absent" };
  }
  const plain = setOf(env, own, "");
  const isUnset = own.length > 0 && plain.every(({ value }) => value === undefined);
  return isUnset ? { kind: "absent" } : given(plain, false);
}
