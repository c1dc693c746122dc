/** Settings that are switches: rows of JSON text, where a missing row is off. */
export const DISPATCH_PAUSED = "dispatch_paused";

export const isSwitchedOn = (value: string | undefined): boolean =>
  value !== undefined && value !== "false" && value !== "null";
