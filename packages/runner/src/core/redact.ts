/** What must stand in no record and no message: everything that looks like a credential, and this service's own secrets. */
import { redactSecretShapes } from "@thor/kit/pure/secret-patterns";

export type Redact = (text: string) => string;

/** Shorter ones would be found in ordinary words. */
const MIN_CHARS = 8;

export function createRedact(own: readonly (string | undefined)[]): Redact {
  const values = own.filter((value) => value !== undefined).filter(({ length }) => length >= MIN_CHARS);
  return (text) => {
    const without = values.reduce((rest, value) => rest.replaceAll(value, "[redacted:secret of this service]"), text);
    return redactSecretShapes(without).text;
  };
}
