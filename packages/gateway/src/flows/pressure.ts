/** How many senders wait for an acknowledgement right now; above a few, everything that can wait does. */
const MANY = 6;

export function createPressure() {
  let waiting = 0;
  return {
    /** Counts a piece of work that a sender waits for. */
    during: async <T>(work: () => Promise<T>): Promise<T> => {
      waiting += 1;
      try {
        return await work();
      } finally {
        waiting -= 1;
      }
    },
    isHigh: () => waiting > MANY,
  };
}
export type Pressure = ReturnType<typeof createPressure>;
