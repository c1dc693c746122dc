/** What every answer to a browser says about what the page may do: load from here, send to here, nothing else. */
import type { FastifyInstance } from "fastify";

const POLICY = [
  "default-src 'none'",
  ...["script-src", "style-src", "img-src", "font-src", "connect-src", "form-action"].map((name) => `${name} 'self'`),
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

const HEADERS = {
  "content-security-policy": POLICY,
  // Not `no-referrer`: browsers then send `Origin: null` with forms.
  "referrer-policy": "same-origin",
  "x-content-type-options": "nosniff",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
  "cache-control": "no-store",
} as const;

/** Adds the headers to every answer of a scope, refusals included; an answer's own word about caching stays. */
export function addPageHeaders(scope: FastifyInstance): void {
  scope.addHook("onRequest", async (_request, reply) => void reply.headers(HEADERS));
}
/** The same for an answer that is written by hand. */
export const pageHeaders: Readonly<Record<string, string>> = HEADERS;
