/** Only a form that this service gave to this person, sent from one of its own pages, changes anything. */
import { THOR_KEY_SALT } from "@thor/domain/key-salt";
import { createSignatureCheck, createSigner } from "@thor/kit/signer";
import type { FastifyRequest } from "fastify";

const VALID_MS = 12 * 3_600_000;
/** Within this time a person gets the same token, so that a part of a page that did not change is the same text. */
const STEADY_MS = 5 * 60_000;

export interface CsrfOptions {
  secrets: { current: string; accepted: readonly string[] };
  /** What people's browsers say they are on: `https://thor.acme.dev`. */
  origin: string;
  /** Tokens of one surface mean nothing on another one. */
  surface: "admin" | "viewer";
  now: () => number;
}
export type CsrfVerdict = "ok" | "foreign" | "old";

/** Tokens of forms, and the check of what comes back. */
export function createCsrf({ secrets, origin, surface, now }: CsrfOptions) {
  const sign = createSigner(secrets.current, THOR_KEY_SALT, "csrf");
  const isSigned = createSignatureCheck(secrets.accepted, THOR_KEY_SALT, "csrf");
  const textOf = (email: string, at: string) => [surface, email, at].join("\n");

  const isFresh = (email: string, token: unknown): boolean => {
    const [, at = "", signature = ""] =
      typeof token === "string" ? (/^(\d{1,15})\.([\w-]{43})$/.exec(token) ?? []) : [];
    if (!isSigned(textOf(email, at), signature)) return false;
    return Number(at) <= now() && now() - Number(at) < VALID_MS;
  };
  return {
    issue: (email: string) => {
      const at = String(now() - (now() % STEADY_MS));
      return `${at}.${sign(textOf(email, at))}`;
    },
    /** `foreign`: another site sent it; `old`: the page is too old, or not this person's. */
    check: (request: FastifyRequest, token: unknown): CsrfVerdict => {
      const site = request.headers["sec-fetch-site"];
      if (request.headers.origin !== origin || (site !== undefined && site !== "same-origin")) return "foreign";
      return isFresh(request.operator.email, token) ? "ok" : "old";
    },
  };
}
export type Csrf = ReturnType<typeof createCsrf>;
