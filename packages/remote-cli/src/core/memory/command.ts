/** `memory`: what is noted about a person, for that person alone. */
import type { Caller } from "../call.ts";

export const USAGE = `memory person show             what is noted about you
memory person append  <<'EOF'  adds the lines of standard input to your private notes
memory person replace <<'EOF'  puts standard input in the place of your private notes
memory person forget           deletes everything that is noted about you

Only in a direct message, and only about the person in it. Standard input: UTF-8.
`;
export const ONLY_DIRECT = "Notes about a person are read and written only in a direct message with the person.";

export type MemoryCommand =
  | { kind: "show" }
  | { kind: "forget" }
  | { kind: "append" | "replace"; text: string }
  | { kind: "usage" };

/** Reads the words; text that would be empty is no note. */
export function parseMemory(args: readonly string[], stdin: string | undefined): MemoryCommand {
  const [subject, verb, ...rest] = args;
  if (subject !== "person" || rest.length > 0) return { kind: "usage" };
  if (verb === "show" || verb === "forget") return { kind: verb };
  const text = (stdin ?? "").trim();
  return (verb === "append" || verb === "replace") && text !== "" ? { kind: verb, text } : { kind: "usage" };
}

const DIRECT = /^D[A-Z0-9]{2,20}$/;

/** The Slack id of the one human of a conversation that is a direct message and nothing besides. */
export function onlyHumanOf(caller: Caller): string | undefined {
  if (caller.kind !== "session") return undefined;
  const { channels, trigger } = caller;
  const people = new Set(trigger?.requesters.map(({ kind, id }) => `${kind}:${id}`));
  const [person = ""] = people;
  const isDirect = channels.length > 0 && channels.every((channel) => DIRECT.test(channel) && channel === channels[0]);
  return isDirect && people.size === 1 && person.startsWith("slack:") ? person.slice("slack:".length) : undefined;
}

const EMPTY = "nothing";

/** What is noted, each place under its name. */
export const shownNotes = (notes: { private: string | undefined; shared: string | undefined }) =>
  `[private: only you, here]\n${notes.private ?? EMPTY}\n\n[shareable: in any conversation that you start]\n${notes.shared ?? EMPTY}\n`;
