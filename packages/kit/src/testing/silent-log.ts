import type { Log } from "../flow/log.ts";

const nothing = () => undefined;

/** A log that says nothing, for tests that look at outcomes. */
export const silentLog: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing };
