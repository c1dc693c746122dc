/** thor.json with one more egress rule, as small as the request that was stopped: the host, its path, reading only. */
import { z } from "zod";

const Config = z.looseObject({ mitmproxy: z.array(z.unknown()).optional() });
const PREFIX = /^(?:[A-Z]+ )?(?:https:\/\/[^/\s]+)?(\/[A-Za-z0-9._~-]*\/?)/;

/** The text with the rule, or undefined when the file is not one that a rule can be added to. */
export function withRule(text: string, { host, sample }: { host: string; sample: string }): string | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  const config = Config.safeParse(json).data;
  if (config === undefined) return undefined;
  const prefix = PREFIX.exec(sample)?.[1] ?? "/";
  // A rule has a header to add; this one says nothing, and whoever reviews puts a credential in its place if one is needed.
  const rule = { host, path_prefix: prefix, readonly: true, headers: { Accept: "*/*" } };
  return `${JSON.stringify({ ...config, mitmproxy: [...(config.mitmproxy ?? []), rule] }, null, 2)}\n`;
}
