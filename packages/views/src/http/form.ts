/** Forms as browsers send them, and the cookies that say how a person wants pages. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

import { zoneOf } from "../format.ts";
import type { Theme } from "../ui/shell.tsx";
import type { Csrf } from "./csrf.ts";

export type Fields = Readonly<Record<string, readonly string[]>>;

const fieldsOf = (text: string): Fields => {
  const params = new URLSearchParams(text);
  return Object.fromEntries([...new Set(params.keys())].map((name) => [name, params.getAll(name)]));
};

/** Reads bodies of forms in a scope; nothing else is taken. */
export function readForms(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser("application/x-www-form-urlencoded", { parseAs: "string" }, (_request, body, done) =>
    done(null, fieldsOf(String(body))),
  );
}

const isFields = (body: unknown): body is Fields => typeof body === "object" && body !== null;

/** The fields of a form that was sent. */
export const formOf = ({ body }: Pick<FastifyRequest, "body">): Fields => (isFields(body) ? body : {});
export const fieldOf = (fields: Fields, name: string): string | undefined => fields[name]?.[0];

const cookieOf = (request: FastifyRequest, name: string): string | undefined => {
  const found = (request.headers.cookie ?? "").split(/;\s*/).find((one) => one.startsWith(`${name}=`));
  if (found === undefined) return undefined;
  try {
    return decodeURIComponent(found.slice(name.length + 1));
  } catch {
    return undefined;
  }
};

/** How the person who asks wants pages. */
export function preferencesOf(request: FastifyRequest): { theme: Theme; zone: string } {
  const theme = cookieOf(request, "thor_theme");
  return {
    theme: theme === "light" || theme === "dark" ? theme : "system",
    zone: zoneOf(cookieOf(request, "thor_tz")),
  };
}

const YEAR_S = 31_536_000;
const cookie = (name: string, value: string) =>
  `${name}=${encodeURIComponent(value)}; Path=/; SameSite=Lax; Max-Age=${YEAR_S}`;

/** A page of this surface and nothing else. */
const backOf = (given: string | undefined, prefix: string) =>
  given !== undefined && given.startsWith(prefix) && !/[\\\r\n]/.test(given) ? given : prefix;

/** `POST <prefix>/preferences`: keeps theme and time zone in cookies. */
export function addPreferences(scope: FastifyInstance, { prefix, csrf }: { prefix: string; csrf: Csrf }): void {
  scope.post(`${prefix}/preferences`, (request, reply): FastifyReply => {
    const fields = formOf(request);
    if (csrf.check(request, fieldOf(fields, "_csrf")) !== "ok")
      return reply.code(403).type("text/plain; charset=utf-8").send("Your page was too old: go back and reload it.");
    const zone = fieldOf(fields, "zone");
    const cookies = [
      cookie("thor_theme", fieldOf(fields, "theme") ?? "system"),
      ...(zone === undefined || zone === "local" ? [] : [cookie("thor_tz", zoneOf(zone))]),
    ];
    return reply.header("set-cookie", cookies).redirect(backOf(fieldOf(fields, "back"), prefix), 303);
  });
}
