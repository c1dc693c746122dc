/** Style, script and icon under a name that changes with their content, so that browsers may keep them for ever. */
import { readFileSync } from "node:fs";

import { sha256Hex } from "@thor/kit/derived-key";
import type { FastifyInstance } from "fastify";

const YEAR = "public, max-age=31536000, immutable";
const SCRIPT = "text/javascript; charset=utf-8";
const FILES = [
  { name: "thor.css", type: "text/css; charset=utf-8" },
  ...["thor.js", "fragments.js", "live.js", "keys.js"].map((name) => ({ name, type: SCRIPT })),
];

const read = (name: string) => readFileSync(new URL(`../browser/${name}`, import.meta.url));

/** Serves them below a prefix and answers where they are; one folder for all, so that scripts find each other. */
export function addAssets(scope: FastifyInstance, prefix: string): { css: string; js: string } {
  const files = FILES.map((file) => ({ ...file, bytes: read(file.name) }));
  const version = sha256Hex(Buffer.concat(files.map(({ bytes }) => bytes))).slice(0, 12);
  const folder = `${prefix}/assets/${version}`;
  for (const { name, type, bytes } of files)
    scope.get(`${folder}/${name}`, (_request, reply) => reply.header("cache-control", YEAR).type(type).send(bytes));
  const icon = read("icon.svg");
  scope.get(`${prefix}/assets/icon.svg`, (_request, reply) =>
    reply.header("cache-control", "public, max-age=86400").type("image/svg+xml").send(icon),
  );
  return { css: `${folder}/thor.css`, js: `${folder}/thor.js` };
}
