/** Closes a switch over a union; reaching it is a programmer error. */
export function assertNever(value: never): never {
  throw new Error(`unexpected value: ${JSON.stringify(value)}`);
}
