import type { Workspace } from "./workspace.ts";

const UNESCAPED = /[&<>](?!@[UW][A-Z0-9]+>|amp;|lt;|gt;)/g;
const ENTITY: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

/** What Slack's composer makes of typed text: names become ids, the three special characters are escaped. */
export function composed(workspace: Workspace, typed: string): string {
  const parts = typed.split(/(<@[UW][A-Z0-9]+>|@[a-z]+\b)/i);
  return parts
    .map((part) => {
      if (/^<@[UW][A-Z0-9]+>$/.test(part)) return part;
      const person = workspace.people.all().find(({ name }) => `@${name}` === part.toLowerCase());
      if (person !== undefined) return `<@${person.id}>`;
      return part.replace(UNESCAPED, (character) => ENTITY[character] ?? character);
    })
    .join("");
}
