/** Who may read a conversation: everybody when it is open, who took part when it is not. */
import type { Admission } from "@thor/workspace-config/pure/admission";

export interface Reader {
  email: string;
  role: "admin" | "member";
}
interface Conversation {
  visibility: "open" | "gated";
}
interface Asked {
  requesters: readonly { kind: string; id: string }[];
}

/** The names under which a person is known elsewhere. */
function namesOf({ users }: Pick<Admission, "users">, email: string): ReadonlySet<string> {
  const mine = users.filter((user) => user.email.toLowerCase() === email.toLowerCase());
  return new Set([
    `admin:${email}`,
    ...mine.flatMap(({ slack, github }) => [
      ...(slack === undefined ? [] : [`slack:${slack}`]),
      ...(github === undefined ? [] : [`github:${github}`]),
    ]),
  ]);
}

/** Whether one of the runs was asked for by this person. */
export function tookPart(reader: Reader, runs: readonly Asked[], admission: Pick<Admission, "users">): boolean {
  const names = namesOf(admission, reader.email);
  return runs.some(({ requesters }) => requesters.some(({ kind, id }) => names.has(`${kind}:${id}`)));
}

/** Whether words of the conversation may be shown; without them only states, times and totals are. */
export function maySee(
  reader: Reader,
  conversation: Conversation,
  { isParticipant, isOpenToDomain }: { isParticipant: boolean; isOpenToDomain: boolean },
): boolean {
  return conversation.visibility === "open" || isOpenToDomain || reader.role === "admin" || isParticipant;
}
