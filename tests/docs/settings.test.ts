/** Operators read docs/operations.md, services read their environment: both name the same variables. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
const read = (path: string) => readFileSync(join(ROOT, path), "utf8");
const SERVICES = ["gateway", "runner", "remote-cli", "admin", "cron"];
/** Given by the system, or by the shell that starts a service. */
const NOT_SETTINGS = new Set(["PATH"]);

/** The keys of the shape that a service's environment is parsed by. */
function settingsOf(service: string): string[] {
  const [, shape = ""] = /const SHAPE = \{\n([^]*?)\n\};/.exec(read(`packages/${service}/src/config.ts`)) ?? [];
  return [...shape.matchAll(/^ {2}([A-Z][A-Z0-9_]+):/gm)].map(([, name = ""]) => name);
}

function sources(directory: string): string {
  return readdirSync(join(ROOT, directory), { recursive: true, withFileTypes: true })
    .filter(
      (entry) => entry.isFile() && /\.(ts|tsx|py|sh)$/.test(entry.name) && !entry.parentPath.includes("node_modules"),
    )
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8"))
    .join("\n");
}

it.each(SERVICES)("every setting of %s is documented", (service) => {
  const documented = read("docs/operations.md");
  const settings = settingsOf(service);
  expect(settings.length).toBeGreaterThan(8);
  expect(settings.filter((name) => !NOT_SETTINGS.has(name) && !documented.includes(`\`${name}\``))).toEqual([]);
});

it("every documented variable is one that the code knows", () => {
  const [table = ""] = /\| Variable \|[^]*?\n\n/.exec(read("docs/operations.md")) ?? [];
  const named = [...table.matchAll(/^\| (.+?) \|/gm)].flatMap(([, cell = ""]) =>
    [...cell.matchAll(/`([A-Z][A-Z0-9_]+)`/g)].map(([, name = ""]) => name),
  );
  expect(named.length).toBeGreaterThan(60);
  const code = ["packages", "docker", "scripts"].map(sources).join("\n");
  expect(named.filter((name) => !code.includes(name))).toEqual([]);
});
