/** Time and chance as handed to everything that decides or waits. */
export interface Clock {
  /** Milliseconds since 1970. */
  now: () => number;
  /** A number in [0, 1). */
  chance: () => number;
}
