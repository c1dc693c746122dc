/** What must not stand twice, and names that must exist elsewhere in the file. */
import type { Entries } from "../entries.ts";
import { unknownName, type Finding } from "../issues.ts";
import type { Path } from "../json-text.ts";
import { memorySlugOf } from "../memory-slug.ts";
import { folded } from "../schema/words.ts";

interface Named {
  name: string | undefined;
  path: Path;
}

/** One finding for every name that an earlier one has already, whatever its spelling. */
function repeated(items: readonly Named[], words: (earlier: Path) => string): Finding[] {
  const first = new Map<string, Path>();
  return items.flatMap(({ name, path }) => {
    if (name === undefined) return [];
    const earlier = first.get(folded(name));
    if (earlier !== undefined) return [{ path, message: words(earlier) }];
    first.set(folded(name), path);
    return [];
  });
}

const sameAs = (earlier: Path) => `is already that of users[${earlier[1]}]`;
const elsewhere = ([, profile]: Path) => `belongs to profile ${profile} already`;

function userFindings({ users }: Entries): Finding[] {
  const named = (key: "email" | "slack" | "github"): Named[] =>
    users.map((user, at) => ({ name: user?.[key], path: ["users", at, key] }));
  const slugs = users.map((user, at): Named => ({ name: user && memorySlugOf(user), path: ["users", at] }));
  return [
    ...(["email", "slack", "github"] as const).flatMap((key) => repeated(named(key), sameAs)),
    ...repeated(slugs, ([, at]) => `would share a note file with users[${at}]: give one of them another "memory"`),
  ];
}

/** Every name of a list of profiles exists. */
export const profileFindings = (profileNames: readonly string[], used: readonly Named[]): Finding[] =>
  used.flatMap(({ name, path }) =>
    name === undefined || profileNames.includes(name)
      ? []
      : [unknownName(path, `unknown profile "${name}"`, [name, profileNames])],
  );

/** Owners, people and profiles: what belongs to one may not belong to another. */
export function peopleFindings(entries: Entries): Finding[] {
  const { ownerNames, profiles, budgets, profileNames } = entries;
  const members = (key: "channels" | "repos"): Named[] =>
    profiles.flatMap(([profile, lists]) =>
      lists[key].map((name, at) => ({ name, path: ["profiles", profile, key, at] })),
    );
  const owners = ownerNames.map((name): Named => ({ name, path: ["owners", name] }));
  const limited = (budgets?.overrides ?? []).map(({ match }, at): Named => ({
    name: match.profile,
    path: ["budgets", "overrides", at, "match", "profile"],
  }));
  return [
    ...repeated(owners, ([, earlier]) => `is the same owner as "${earlier}"`),
    ...userFindings(entries),
    ...repeated(members("channels"), elsewhere),
    ...repeated(members("repos"), elsewhere),
    ...profileFindings(profileNames, limited),
  ];
}
