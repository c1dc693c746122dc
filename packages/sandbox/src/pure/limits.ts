/** The numbers of sandboxes that nobody sets. */

const MIB = 1024 * 1024;

export const MAX_PATHS = 100;
export const MAX_FILE_BYTES = 100 * MIB;
export const MAX_TOTAL_BYTES = 500 * MIB;
export const MAX_HISTORY_BYTES = 512 * MIB;
export const MAX_OUTPUT_BYTES = 50 * MIB;
export const MAX_PATH_BYTES = 4096;
export const COMMANDS_AT_ONCE = 4;
export const WAIT_MS = 10 * 60_000;
export const NOTE_MS = 30_000;
/** Between asking a command to end and ending it: after its time is over, and when nobody wants it any more. */
export const TIMEOUT_GRACE_MS = 5000;
export const CANCEL_GRACE_MS = 2000;
