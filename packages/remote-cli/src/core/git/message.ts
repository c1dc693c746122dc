/** The message of a commit: joined from its paragraphs, credited to the person who asked. */

const NOT_IN_A_NAME = /[\r\n<>]/g;
const TRAILER = /^[A-Za-z0-9-]+: \S/;

export const joinParagraphs = (paragraphs: readonly string[]) =>
  `${paragraphs.map((text) => text.trimEnd()).join("\n\n")}\n`;

export interface Person {
  name: string;
  email: string;
}

export type Credited = { kind: "applied" | "skipped_already_attributed"; message: string };

/** Adds one `Co-authored-by` line to the last block of trailers, unless the person is named already. */
export function creditPerson(message: string, person: Person): Credited {
  const email = person.email.replaceAll(NOT_IN_A_NAME, "").trim();
  const name = person.name.replaceAll(NOT_IN_A_NAME, "").trim();
  if (message.toLowerCase().includes(email.toLowerCase())) return { kind: "skipped_already_attributed", message };
  const text = message.trimEnd();
  const lastBlock = text.split(/\n\n+/).slice(1).at(-1) ?? "";
  const isTrailers = lastBlock !== "" && lastBlock.split("\n").every((line) => TRAILER.test(line));
  return { kind: "applied", message: `${text}${isTrailers ? "\n" : "\n\n"}Co-authored-by: ${name} <${email}>\n` };
}
