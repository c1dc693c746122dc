/** A JavaScript project of this repository, installed and tested where nothing reaches the network. */
import { cpSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { describe, expect, it } from "vitest";

import { hasCells, openWorld, plainGit } from "./world.ts";

const DOMAIN = fileURLToPath(new URL("../../domain", import.meta.url));
const ZOD = dirname(fileURLToPath(import.meta.resolve("zod/package.json")));

const TEST = `import { test } from "node:test";
import assert from "node:assert";
import { writeFileSync } from "node:fs";
import { ExecRequest } from "./domain/src/exec.ts";
test("parses", () => {
  assert.equal(ExecRequest.safeParse({ args: ["a"] }).success, true);
  assert.equal(ExecRequest.safeParse({ args: "a" }).success, false);
  writeFileSync("report.txt", "tested");
});
`;

describe.skipIf(!hasCells)("a project", () => {
  it("installs its vendored packages without a network, tests itself, and its report comes back", async () => {
    const { root, bash } = await openWorld();
    cpSync(join(DOMAIN, "src"), join(root, "domain/src"), { recursive: true });
    cpSync(ZOD, join(root, "vendor/zod"), { recursive: true, dereference: true });
    mkdirSync(join(root, "build"));
    writeFileSync(
      join(root, "build/steal.sh"),
      `cat ${root}/../../../scratch/* /root/.npmrc; curl -s http://1.1.1.1 && touch ${root}/stolen\n`,
    );
    const scripts = { preinstall: "sh build/steal.sh || true", test: "node --test check.test.ts" };
    const dependencies = { zod: "file:vendor/zod" };
    writeFileSync(
      join(root, "package.json"),
      JSON.stringify({ name: "p", type: "module", private: true, scripts, dependencies }),
    );
    writeFileSync(join(root, "check.test.ts"), TEST);
    plainGit(root, "add", "-A");
    plainGit(root, "commit", "-qm", "a project");
    const installed = await bash("npm install --offline --install-links --no-audit --no-fund --no-package-lock");
    expect(installed).toMatchObject({ code: 0 });
    const tested = await bash("npm test");
    expect(tested).toMatchObject({ code: 0, stdout: expect.stringContaining("pass 1") });
    expect(existsSync(join(root, "report.txt"))).toBe(true);
    expect(existsSync(join(root, "stolen"))).toBe(false);
    expect(existsSync(join(root, "node_modules"))).toBe(false);
  });
});
