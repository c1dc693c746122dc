/** Who an operator is to the others: their Slack id for decisions, their name for threads. */
import type { Decider } from "../core/eligibility.ts";

interface Person {
  email: string;
  name: string;
  slack?: string | undefined;
}
export interface PeopleDeps {
  readPeople: () => Promise<{ users: readonly Person[]; faults: number }>;
}

export function createPeople({ readPeople }: PeopleDeps) {
  const find = async (email: string) => {
    const { users, faults } = await readPeople();
    return { person: users.find((user) => user.email.toLowerCase() === email), faults };
  };
  return {
    deciderOf: async (email: string): Promise<Decider> => {
      const { person, faults } = await find(email);
      return { slackId: person?.slack, isSuspended: faults > 0 };
    },
    nameOf: async (email: string): Promise<string> => (await find(email)).person?.name ?? email,
    /** How many faults thor.json has right now. */
    faults: async (): Promise<number> => (await readPeople()).faults,
  };
}
