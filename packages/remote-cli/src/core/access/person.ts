import type { Actor } from "@thor/domain/actor";

export interface KnownPerson {
  name: string;
  email: string;
  slack?: string | undefined;
  github?: string | undefined;
}

const isSame = (person: KnownPerson, { kind, id }: Actor) =>
  kind === "slack" ? person.slack === id : kind === "github" && person.github?.toLowerCase() === id.toLowerCase();

/** The known person for whom a run works: of several humans the last one. */
export function personFor(users: readonly KnownPerson[], requesters: readonly Actor[]): KnownPerson | undefined {
  const last = requesters.at(-1);
  return last === undefined ? undefined : users.find((person) => isSame(person, last));
}
