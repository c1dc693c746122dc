/** How many turns run at once: first come, first served, but nobody's second before somebody else's first. */
export interface Slots {
  /** Resolves true when the run may go on, false when it was given up meanwhile. */
  take: (run: { id: string; person: string }) => Promise<boolean>;
  /** Counts a run that is going already. */
  hold: (run: { id: string; person: string }) => void;
  release: (id: string) => void;
  /** How many wait before this run; undefined when it does not wait. */
  ahead: (id: string) => number | undefined;
}

interface Waiting {
  id: string;
  person: string;
  answer: (mayGo: boolean) => void;
}

export function createSlots(max: number): Slots {
  const running = new Map<string, string>();
  let waiting: Waiting[] = [];

  const load = (person: string) => [...running.values()].filter((other) => other === person).length;
  const next = () => waiting.toSorted((a, b) => load(a.person) - load(b.person)).at(0);

  const admit = () => {
    while (running.size < max) {
      const chosen = next();
      if (chosen === undefined) return;
      waiting = waiting.filter((other) => other !== chosen);
      running.set(chosen.id, chosen.person);
      chosen.answer(true);
    }
  };

  return {
    take: ({ id, person }) => {
      if (running.has(id)) return Promise.resolve(true);
      return new Promise<boolean>((answer) => {
        waiting.push({ id, person, answer });
        admit();
      });
    },
    hold: ({ id, person }) => void running.set(id, person),
    release: (id) => {
      running.delete(id);
      for (const { answer } of waiting.filter((one) => one.id === id)) answer(false);
      waiting = waiting.filter((one) => one.id !== id);
      admit();
    },
    ahead: (id) => {
      const at = waiting.findIndex((one) => one.id === id);
      return at === -1 ? undefined : at;
    },
  };
}
