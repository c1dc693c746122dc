/** The demo repository: the same commits, and so the same hashes, on every machine. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { commitFiles, type CommitDraft } from "./commits.ts";
import { git } from "./git.ts";

const HOOK = `#!/bin/sh
case "$1" in
  refs/heads/main)
    echo "error: GH006: Protected branch update failed for $1." >&2
    echo "error: Changes must be made through a pull request." >&2
    exit 1 ;;
esac
`;

const AGENTS = `# demo

A greeting service in plain JavaScript; no dependencies.

- \`node --test\` runs the tests.
- Work on a branch; \`main\` is protected.
`;

const README = `# demo

Says hello over HTTP. Start it with \`node src/server.js\` and open http://localhost:3000/Ada.
`;

const GREET = `/** Greets a person by name. */
export function greet(name) {
  const person = name === undefined || name === "" ? "stranger" : name;
  return \`Helo, \${person}!\`;
}
`;

const SERVER = `import { createServer } from "node:http";

import { greet } from "./greet.js";

createServer((request, response) => {
  const name = decodeURIComponent(new URL(request.url, "http://localhost").pathname.slice(1));
  response.end(greet(name));
}).listen(3000);
`;

const TEST = `import assert from "node:assert/strict";
import { test } from "node:test";

import { greet } from "../src/greet.js";

test("greets by name", () => {
  assert.equal(greet("Ada"), "Hello, Ada!");
});

test("greets a stranger", () => {
  assert.equal(greet(""), "Hello, stranger!");
});
`;

const PACKAGE = `{
  "name": "demo",
  "version": "1.0.0",
  "type": "module",
  "scripts": { "start": "node src/server.js", "test": "node --test" }
}
`;

const START = { "README.md": README, "AGENTS.md": AGENTS, "package.json": PACKAGE };

const COMMITS: readonly CommitDraft[] = [
  { at: "2026-01-05T09:00:00Z", message: "Start the demo service", files: START },
  {
    at: "2026-01-06T10:30:00Z",
    message: "Greet people over HTTP",
    files: { ...START, "src/greet.js": GREET, "src/server.js": SERVER },
  },
  {
    at: "2026-01-07T14:15:00Z",
    message: "Test the greeting",
    files: { ...START, "src/greet.js": GREET, "src/server.js": SERVER, "test/greet.test.js": TEST },
  },
];

export const DEMO_ISSUE = {
  number: 1,
  title: "The greeting has a typo",
  body: 'The service says "Helo, Ada!" and `node --test` fails. It should say "Hello, Ada!".',
  user: "alice",
};

/** Creates `owner/name` as a bare repository with protected `main`, once. */
export async function seedRepository(directory: string): Promise<void> {
  if (existsSync(join(directory, "seeded"))) return;
  mkdirSync(directory, { recursive: true });
  await git(directory, ["init", "--bare", "--quiet", "--initial-branch=main", "."]);
  // GitHub serves any commit that is reachable by somebody who knows its id.
  await git(directory, ["config", "uploadpack.allowAnySHA1InWant", "true"]);
  await git(directory, ["config", "http.receivepack", "true"]);
  let head: string | undefined;
  for (const next of COMMITS) head = await commitFiles(directory, next, head);
  await git(directory, ["update-ref", "refs/heads/main", head ?? ""]);
  writeFileSync(join(directory, "hooks", "update"), HOOK, { mode: 0o755 });
  writeFileSync(join(directory, "seeded"), "");
}
