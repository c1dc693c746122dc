/** How long a run is held without a renewal. */
export const RUN_LEASE_MS = 30_000;
/** Its driver stops acting this long after the last renewal began: before anybody else may begin. */
export const HELD_MS = 25_000;
