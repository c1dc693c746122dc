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
