import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { tempDir } from "@thor/kit/testing/temp-dir";
import { expect, it } from "vitest";

import { judgeTool } from "./file-scope.ts";

function openScope() {
  const root = tempDir();
  const [clone, own, tmp] = [join(root, "repos/r"), join(root, "worktrees/r/own"), join(root, "tmp/a1")];
  for (const path of [clone, own, tmp, join(root, "data")]) mkdirSync(path, { recursive: true });
  writeFileSync(join(root, "data/thor.db"), "ledger");
  symlinkSync(join(root, "data"), join(own, "link"));
  const memory = join(root, "memory");
  mkdirSync(join(memory, "channels"), { recursive: true });
  symlinkSync(join(root, "data/thor.db"), join(memory, "README.md"));
  const files = ["channels/C1.md", "README.md", "../data/thor.db"].map((name) => `${memory}/${name}`);
  const notes = { root: memory, files };
  const scope = { cwd: clone, tmp, notes, readable: [clone, own, tmp], writable: [own, tmp] };
  /** A path below /tmp that is nobody's means the conversation's own /tmp; that reaches nothing either. */
  const verdict = (tool: string, args: Record<string, unknown>) => {
    const judged = judgeTool(tool, args, scope);
    const place = judged.kind === "allowed" ? (judged.args["filePath"] ?? judged.args["path"]) : undefined;
    const isOwnTmp = typeof place === "string" && place.startsWith(`${tmp}/thor-test-`);
    return isOwnTmp ? "refused" : judged.kind;
  };
  return { root, memory, clone, own, tmp, scope, verdict };
}

it("lets file tools work in the conversation's own places", () => {
  const { clone, own, tmp, scope, verdict } = openScope();
  expect(verdict("read", { filePath: "f" })).toBe("allowed");
  expect(verdict("read", { filePath: `${clone}/f` })).toBe("allowed");
  expect(verdict("write", { filePath: `${own}/new/deep` })).toBe("allowed");
  expect(verdict("grep", { pattern: "x/../y" })).toBe("allowed");
  expect(verdict("grep", { pattern: "needle" })).toBe("allowed");
  expect(verdict("glob", { pattern: "**/*.ts", path: own })).toBe("allowed");
  expect(verdict("apply_patch", { patchText: `*** Begin Patch\n*** Add File: ${own}/x\n+a\n*** End Patch` })).toBe(
    "allowed",
  );
  expect(judgeTool("write", { filePath: "/tmp/out.txt" }, { ...scope, readable: ["/w"], writable: [tmp] })).toEqual({
    kind: "allowed",
    args: { filePath: `${tmp}/out.txt` },
  });
});

it("keeps file tools out of everything else, whatever the path looks like", () => {
  const { root, clone, own, verdict } = openScope();
  for (const filePath of [
    "/etc/passwd",
    "../../data/thor.db",
    `${own}/../foreign/f`,
    `${own}/link/thor.db`,
    `${own}2/f`,
    "/proc/self/environ",
    "a\0b",
  ])
    expect(`${filePath} ${verdict("read", { filePath })}`).toBe(`${filePath} refused`);
  expect(verdict("write", { filePath: `${clone}/f` })).toBe("refused");
  expect(verdict("edit", { filePath: "f" })).toBe("refused");
  expect(verdict("read", {})).toBe("refused");
  expect(verdict("list", { path: root })).toBe("refused");
  expect(verdict("glob", { pattern: "/etc/*" })).toBe("refused");
  expect(verdict("glob", { pattern: "../**" })).toBe("refused");
  expect(verdict("glob", { pattern: "{a,../../data}/*" })).toBe("refused");
  expect(verdict("grep", { pattern: "x", include: "../*" })).toBe("refused");
  expect(verdict("grep", { pattern: "x", path: join(own, "link") })).toBe("refused");
  const patch = `*** Begin Patch\n*** Update File: ${own}/a\n*** Move to: /etc/cron.d/x\n*** End Patch`;
  expect(verdict("apply_patch", { patchText: patch })).toBe("refused");
  expect(verdict("apply_patch", {})).toBe("refused");
});

it("opens the notes that the pass names, each by itself, and no link in their place", () => {
  const { memory, verdict } = openScope();
  for (const tool of ["read", "write", "edit"])
    expect([tool, verdict(tool, { filePath: `${memory}/channels/C1.md` })]).toEqual([tool, "allowed"]);
  for (const name of ["channels/C2.md", "README.md", "../data/thor.db", "channels", "channels/C1.md/x", ""])
    expect([name, verdict("read", { filePath: `${memory}/${name}` })]).toEqual([name, "refused"]);
  expect(verdict("glob", { pattern: "*", path: memory })).toBe("refused");
  expect(verdict("grep", { pattern: "x", path: `${memory}/channels` })).toBe("refused");
});

it("refuses tools that nobody has thought about", () => {
  const { verdict } = openScope();
  for (const tool of ["webfetch", "websearch", "lsp", "multiedit", "READ", ""])
    expect(verdict(tool, {})).toBe("refused");
});
