/** Commands that wait for their answer, counted by number and by bytes. */
const MAX_WAITING = 10_000;
const MAX_WAITING_BYTES = 64 * 1024 * 1024;

interface Waiting {
  bytes: number;
  answer: (outcome: string) => void;
}

export interface WaitingRoom {
  /** Takes a command in and gives it a number; undefined when there is no room. */
  enter: (bytes: number, answer: (outcome: string) => void) => number | undefined;
  answer: (id: number, outcome: string) => void;
  answerAll: (outcome: string) => void;
  size: () => number;
}

/** A room with bounds: who does not fit is told so at once, and nothing is written for him. */
export function createWaitingRoom(): WaitingRoom {
  const waiting = new Map<number, Waiting>();
  let totalBytes = 0;
  let nextId = 1;
  const answer = (id: number, outcome: string) => {
    const command = waiting.get(id);
    if (command === undefined) return;
    waiting.delete(id);
    totalBytes -= command.bytes;
    command.answer(outcome);
  };
  return {
    enter: (bytes, reply) => {
      if (waiting.size >= MAX_WAITING || totalBytes + bytes > MAX_WAITING_BYTES) return undefined;
      const id = nextId;
      nextId += 1;
      totalBytes += bytes;
      waiting.set(id, { bytes, answer: reply });
      return id;
    },
    answer,
    answerAll: (outcome) => {
      for (const id of waiting.keys()) answer(id, outcome);
    },
    size: () => waiting.size,
  };
}
