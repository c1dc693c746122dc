import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

import { tempDir } from "@thor/kit/testing/temp-dir";
import { expect, it } from "vitest";

import { writeWorkspaceConfig } from "../src/write.ts";

const withOwner = (id: number) => `{ "owners": { "acme": { "github_app_installation_id": ${id} } } }\n\n`;

async function fresh() {
  const path = join(tempDir(), "thor.json");
  const made = await writeWorkspaceConfig({ path, text: withOwner(1), baseVersion: undefined });
  if (made.kind !== "written") throw new Error(made.kind);
  return { path, version: made.version };
}

it("lets one of two writers of the same version through and tells the other", async () => {
  const { path, version } = await fresh();
  const [first, second] = await Promise.all(
    [2, 3].map((id) => writeWorkspaceConfig({ path, text: withOwner(id), baseVersion: version })),
  );
  expect(first?.kind).toBe("written");
  expect(second).toEqual({ kind: "conflict", version: first?.kind === "written" ? first.version : "" });
  expect(readFileSync(path, "utf8")).toBe(withOwner(2));
});

it("refuses a faulty text and leaves the file as it is, with nothing beside it", async () => {
  const { path, version } = await fresh();
  const text = '{"mitmproxy": [{"host": "a.example", "read_only": true, "headers": {"X": "y"}}]}';
  const refused = await writeWorkspaceConfig({ path, text, baseVersion: version });
  if (refused.kind !== "invalid") throw new Error(refused.kind);
  expect(refused.issues).toMatchObject([{ path: "mitmproxy[0].read_only", suggestion: "readonly" }]);
  expect([readFileSync(path, "utf8"), readdirSync(join(path, ".."))]).toEqual([withOwner(1), ["thor.json"]]);
});

it("keeps the mode of the file, and a link in its place", async () => {
  const directory = tempDir();
  mkdirSync(join(directory, "real"));
  const [real, path] = [join(directory, "real/thor.json"), join(directory, "thor.json")];
  writeFileSync(real, "");
  chmodSync(real, 0o640);
  symlinkSync(real, path);
  const written = await writeWorkspaceConfig({ path, text: withOwner(5), baseVersion: "e3b0c44298fc" });
  expect(written.kind).toBe("written");
  expect([lstatSync(path).isSymbolicLink(), statSync(real).mode & 0o777]).toEqual([true, 0o640]);
  expect(readFileSync(real, "utf8")).toBe(withOwner(5));
});

it("leaves the old text or the new one when its process is killed at any moment", async () => {
  const { path } = await fresh();
  const padding = 200_000;
  const texts = [1, 2].map((id) => withOwner(id) + " ".repeat(padding));
  writeFileSync(path, texts[0] ?? "");
  const program = `
    import { readFileSync } from "node:fs";
    import { sha256Hex } from ${JSON.stringify(import.meta.resolve("@thor/kit/derived-key"))};
    import { writeWorkspaceConfig } from ${JSON.stringify(new URL("../src/write.ts", import.meta.url).href)};
    const path = process.argv[1];
    const texts = ${JSON.stringify([withOwner(1), withOwner(2)])}.map((text) => text + " ".repeat(${padding}));
    process.stdout.write("writing");
    for (let n = 0; ; n += 1)
      await writeWorkspaceConfig({ path, text: texts[n % 2], baseVersion: sha256Hex(readFileSync(path, "utf8")).slice(0, 12) });`;
  for (let round = 0; round < 8; round += 1) {
    const writer = spawn(process.execPath, ["--input-type=module", "-e", program, path]);
    await once(writer.stdout, "data");
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 60));
    writer.kill("SIGKILL");
    await once(writer, "exit");
    expect(texts.includes(readFileSync(path, "utf8")), `round ${round}`).toBe(true);
  }
  const others = readdirSync(join(path, "..")).filter((name) => name !== "thor.json");
  expect(others.length).toBeLessThanOrEqual(8);
});
