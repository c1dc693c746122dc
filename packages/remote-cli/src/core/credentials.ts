/** Credentials of a profile: its own wholly, or those for everybody, never a mixture. */

/** The variables of the environment whose names begin like those of integrations, as they are. */
export type Variables = Readonly<Record<string, string>>;

export type Bundle =
  | { kind: "bundle"; values: Readonly<Record<string, string>> }
  | { kind: "incomplete"; missing: string }
  | { kind: "absent" };

const suffixed = (name: string, profile: string | undefined) => (profile === undefined ? name : `${name}_${profile}`);

function readBundle(variables: Variables, names: readonly string[], profile: string | undefined): Bundle {
  const found = names.map((name) => [name, variables[suffixed(name, profile)] ?? ""] as const);
  const missing = found.find(([, value]) => value === "");
  if (missing === undefined) return { kind: "bundle", values: Object.fromEntries(found) };
  const hasNone = found.every(([, value]) => value === "");
  return hasNone ? { kind: "absent" } : { kind: "incomplete", missing: suffixed(missing[0], profile) };
}

/** All of `names` for this profile; one that is missing makes the whole unusable. */
export function bundleFor(variables: Variables, names: readonly string[], profile: string | undefined): Bundle {
  const own = profile === undefined ? { kind: "absent" as const } : readBundle(variables, names, profile);
  return own.kind === "absent" ? readBundle(variables, names, undefined) : own;
}

const SECRET = /_(API_KEY|ACCESS_TOKEN|SECRET_ACCESS_KEY|SESSION_TOKEN|AUTHORIZATION_TOKEN)(_|$)/;
const PASSWORD = /"password"\s*:\s*("(?:[^"\\]|\\.)*")/g;
const MIN_CHARS = 8;

/** Every value among the variables that must never be shown. */
export function secretsIn(variables: Variables): string[] {
  const all = Object.entries(variables).flatMap(([name, value]) => {
    if (SECRET.test(name)) return [value];
    return name.startsWith("PSQL_DATABASES")
      ? [...value.matchAll(PASSWORD)].map((found) => unquoted(found[1] ?? '""'))
      : [];
  });
  return all.filter((value) => value.length >= MIN_CHARS);
}

function unquoted(text: string): string {
  try {
    return String(JSON.parse(text));
  } catch {
    return "";
  }
}
