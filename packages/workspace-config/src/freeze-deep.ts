/** Freezes a value and everything in it, so that who reads it cannot change it for others. */
export function freezeDeep<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value))
    for (const inner of Object.values(Object.freeze(value))) freezeDeep(inner);
  return value;
}
