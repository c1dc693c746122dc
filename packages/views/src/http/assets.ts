/** Style, script and icon under names that change with their content, so that browsers may keep them for ever. */
import { readFileSync } from "node:fs";

import { sha256Hex } from "@thor/kit/derived-key";
import type { FastifyInstance } from "fastify";

const YEAR = "public, max-age=31536000, immutable";
const read = (name: string) => readFileSync(new URL(`../browser/${name}`, import.meta.url));

const FILES = [
  { name: "thor", ending: "css", type: "text/css; charset=utf-8" },
  { name: "thor", ending: "js", type: "text/javascript; charset=utf-8" },
] as const;

/** Serves them below a prefix and answers where they are. */
export function addAssets(scope: FastifyInstance, prefix: string): { css: string; js: string } {
  const [css = "", js = ""] = FILES.map(({ name, ending, type }) => {
    const bytes = read(`${name}.${ending}`);
    const path = `${prefix}/assets/${name}-${sha256Hex(bytes).slice(0, 12)}.${ending}`;
    scope.get(path, (_request, reply) => reply.header("cache-control", YEAR).type(type).send(bytes));
    return path;
  });
  const icon = read("icon.svg");
  scope.get(`${prefix}/assets/icon.svg`, (_request, reply) =>
    reply.header("cache-control", "public, max-age=86400").type("image/svg+xml").send(icon),
  );
  return { css, js };
}
