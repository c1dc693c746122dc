/** Which addresses Thor connects to with a credential in hand. */
import type { McpTarget } from "@thor/integrations/manifest";

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;
const LINK_LOCAL = /^(169\.254\.|\[fe[89ab][0-9a-f]:)/i;

/** Why a target is not connected to, if it is not. */
export function targetFault(target: McpTarget): string | undefined {
  if (target.transport === "stdio")
    return target.command.startsWith("/") ? undefined : "its program is no absolute path";
  const url = URL.parse(target.url);
  if (url === null) return "its address is not valid";
  if (LINK_LOCAL.test(url.hostname)) return "its address is link-local";
  if (url.protocol === "https:") return undefined;
  const isPlain = url.protocol === "http:" && (LOOPBACK.test(url.hostname) || target.insecure === true);
  return isPlain ? undefined : "its address is not https";
}

/** What part of the world a target is in, for the fingerprint of an action. */
export const originOf = (target: McpTarget): string =>
  target.transport === "stdio" ? `stdio:${target.command}` : new URL(target.url).origin;
