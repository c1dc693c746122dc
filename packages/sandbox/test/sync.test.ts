/** The way there and back, in real cells with real git. */
import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { hasCells, openWorld, plainGit } from "./world.ts";

describe.skipIf(!hasCells)("sync", () => {
  it("runs on the worktree as it is and brings back what the command changed", async () => {
    const { root, exec, bash } = await openWorld();
    writeFileSync(join(root, "a.txt"), "edited\n");
    writeFileSync(join(root, "new file.txt"), "new\n");
    rmSync(join(root, "src/b.txt"));
    const seen = await bash("cat a.txt 'new file.txt'; ls src 2>&1; git status --short");
    expect(seen).toMatchObject({ code: 0, stdout: expect.stringContaining("edited\nnew\n") });
    const ran = await bash("echo formatted > a.txt; mkdir -p out/deep; echo made > out/deep/x; rm 'new file.txt'");
    expect(ran).toMatchObject({ code: 0, notes: "[sandbox] pulled 1 changed, 1 new, 1 deleted\n" });
    expect(readFileSync(join(root, "a.txt"), "utf8")).toBe("formatted\n");
    expect(readFileSync(join(root, "out/deep/x"), "utf8")).toBe("made\n");
    expect(existsSync(join(root, "new file.txt"))).toBe(false);
    expect((await exec(["cat", "out/deep/x"])).stdout).toBe("made\n");
  });

  it("turns a file into a directory and back on both sides, and takes commits made there as changes", async () => {
    const { root, bash } = await openWorld();
    rmSync(join(root, "a.txt"));
    mkdirSync(join(root, "a.txt"));
    writeFileSync(join(root, "a.txt/inner"), "in\n");
    expect((await bash("cat a.txt/inner")).stdout).toBe("in\n");
    const ran = await bash("rm -r a.txt; echo back > a.txt; git add -A; git commit -qm there");
    expect(ran.code).toBe(0);
    expect(readFileSync(join(root, "a.txt"), "utf8")).toBe("back\n");
  });

  it("keeps reverted edits reverted and deleted scratch files deleted (S9)", async () => {
    const { root, bash } = await openWorld();
    writeFileSync(join(root, "a.txt"), "edited\n");
    writeFileSync(join(root, "scratch.txt"), "scratch\n");
    expect((await bash("cat a.txt scratch.txt")).stdout).toBe("edited\nscratch\n");
    writeFileSync(join(root, "a.txt"), "one\n");
    rmSync(join(root, "scratch.txt"));
    expect((await bash("cat a.txt; ls")).stdout).toBe("one\na.txt\nsrc\n");
    expect(plainGit(root, "status", "--porcelain")).toBe("");
  });

  it("never pulls leftovers of a failed command, keeps ignored files, and --fresh drops those (S10)", async () => {
    const { root, bash } = await openWorld();
    const failed = await bash(
      "mkdir node_modules; echo dep > node_modules/d; echo left > left.txt; echo bad > a.txt; exit 3",
    );
    expect(failed.code).toBe(3);
    expect((await bash("cat node_modules/d a.txt")).stdout).toBe("dep\none\n");
    expect(existsSync(join(root, "left.txt"))).toBe(false);
    expect(existsSync(join(root, "node_modules"))).toBe(false);
    expect((await bash("ls", ["--fresh"])).stdout).not.toContain("node_modules");
  });

  it("keeps what only a changed .gitignore ignores", async () => {
    const { root, bash } = await openWorld();
    writeFileSync(join(root, ".gitignore"), "node_modules\ncache\n");
    expect((await bash("mkdir cache; echo kept > cache/x; exit 1")).code).toBe(1);
    expect((await bash("cat cache/x")).stdout).toBe("kept\n");
  });

  it("exits with the command's code and fetches its files only when asked (S17)", async () => {
    const { root, bash, act } = await openWorld();
    expect((await bash("echo report > report.txt; exit 42")).code).toBe(42);
    expect(existsSync(join(root, "report.txt"))).toBe(false);
    expect(await act("pull")).toMatchObject({ code: 0, notes: "[sandbox] pulled 0 changed, 1 new, 0 deleted\n" });
    expect(readFileSync(join(root, "report.txt"), "utf8")).toBe("report\n");
    expect(await bash("echo more > more.txt; exit 7", ["--pull", "always"])).toMatchObject({ code: 7 });
    expect(existsSync(join(root, "more.txt"))).toBe(true);
    expect((await bash("echo never > never.txt", ["--pull=never"])).code).toBe(0);
    expect(existsSync(join(root, "never.txt"))).toBe(false);
  });

  it("does not overwrite what was changed here meanwhile, and applies the rest (S16)", async () => {
    const { root, bash } = await openWorld();
    const running = bash("touch started; sleep 2; echo theirs > a.txt; echo theirs > src/b.txt; rm started");
    await new Promise((resolve) => setTimeout(resolve, 1000));
    writeFileSync(join(root, "a.txt"), "ours\n");
    const ran = await running;
    expect(ran).toMatchObject({
      code: 1,
      notes: expect.stringContaining("not overwritten, changed here meanwhile: a.txt"),
    });
    expect(readFileSync(join(root, "a.txt"), "utf8")).toBe("ours\n");
    expect(readFileSync(join(root, "src/b.txt"), "utf8")).toBe("theirs\n");
  });

  it("sends a link as its text and nothing of its target (S6)", async () => {
    const { directory, root, bash } = await openWorld();
    writeFileSync(join(directory, "secret"), "the secret\n");
    symlinkSync(join(directory, "secret"), join(root, "link"));
    const ran = await bash("readlink link; cat link");
    expect(ran.stdout).toBe(`${join(directory, "secret")}\n`);
    expect(ran.code).toBe(1);
    expect(spawnSync("grep", ["-rqF", "the secret", join(directory, "sandboxes")]).status).toBe(1);
  });

  it("refuses a parent that became a link, and a special file, at once (S7, S8)", async () => {
    const { directory, root, bash } = await openWorld();
    mkdirSync(join(directory, "elsewhere"));
    writeFileSync(join(directory, "elsewhere/b.txt"), "outside\n");
    writeFileSync(join(root, "src/b.txt"), "edited\n");
    plainGit(
      root,
      "update-index",
      "--add",
      "--cacheinfo",
      `100644,${plainGit(root, "hash-object", "-w", "a.txt").trim()},src/c.txt`,
    );
    renameSync(join(root, "src"), join(root, "src2"));
    symlinkSync(join(directory, "elsewhere"), join(root, "src"));
    const swapped = await bash("cat src/b.txt");
    expect(swapped.stdout).not.toContain("outside");
    rmSync(join(root, "src"));
    renameSync(join(root, "src2"), join(root, "src"));
    plainGit(root, "reset", "-q");
    rmSync(join(root, "a.txt"));
    execFileSync("mkfifo", [join(root, "a.txt")]);
    const fifo = await bash("true");
    expect(fifo).toMatchObject({ code: 1, notes: expect.stringContaining('cannot sync "a.txt"') });
  });

  it("writes nothing through a link that stands here (S11)", async () => {
    const { directory, root, bash } = await openWorld();
    mkdirSync(join(directory, "outside"));
    symlinkSync(join(directory, "outside"), join(root, "node_modules"));
    const ran = await bash(
      "rm -rf node_modules; sed -i /node/d .gitignore; mkdir -p node_modules; echo x > node_modules/x",
    );
    expect(ran).toMatchObject({ code: 1, notes: expect.stringContaining("node_modules/x") });
    expect(existsSync(join(directory, "outside/x"))).toBe(false);
    expect(readlinkSync(join(root, "node_modules"))).toBe(join(directory, "outside"));
  });

  it("refuses links that lead out, and lists them (S13)", async () => {
    const { root, bash } = await openWorld();
    const ran = await bash(
      "ln -s /etc/passwd one; ln -s ../../x src/two; ln -s ../a.txt src/good; ln -s .git/config src/three",
    );
    expect(ran).toMatchObject({
      code: 1,
      notes: expect.stringContaining("links that lead out of the worktree are refused: one, src/three, src/two"),
    });
    expect(readlinkSync(join(root, "src/good"))).toBe("../a.txt");
    expect(() => lstatSync(join(root, "one"))).toThrow("ENOENT");
  });

  it("keeps executable bits and links on both sides, and no other bits (S14)", async () => {
    const { root, bash } = await openWorld();
    writeFileSync(join(root, "run.sh"), "#!/bin/sh\necho ran\n");
    chmodSync(join(root, "run.sh"), 0o4755);
    symlinkSync("run.sh", join(root, "alias"));
    expect((await bash("./alias; stat -c %a run.sh")).stdout).toBe("ran\n755\n");
    expect((await bash("printf 'x' > made; chmod 6777 made; chmod -x run.sh; ln -s made other")).code).toBe(0);
    expect(statSync(join(root, "made")).mode & 0o7777).toBe(0o755);
    expect(statSync(join(root, "run.sh")).mode & 0o7777).toBe(0o644);
    expect(readlinkSync(join(root, "other"))).toBe("made");
  });

  it("sends and fetches at most 100 paths and no file over 100 MiB (S15)", async () => {
    const { root, bash } = await openWorld();
    const many = "for i in $(seq 101); do echo $i > f$i; done";
    const back = await bash(many);
    expect(back).toMatchObject({ code: 1, notes: expect.stringContaining("too many changes to sync: 101 paths") });
    expect(existsSync(join(root, "f1"))).toBe(false);
    const large = await bash("truncate -s 104857601 large");
    expect(large).toMatchObject({ code: 1, notes: expect.stringContaining("file too large to sync") });
    expect(existsSync(join(root, "large"))).toBe(false);
    for (let at = 0; at < 101; at += 1) writeFileSync(join(root, `f${at}`), "x");
    expect(await bash("true")).toMatchObject({
      code: 1,
      notes: expect.stringContaining("too many changes to sync: 101 paths ("),
    });
    for (let at = 0; at < 101; at += 1) rmSync(join(root, `f${at}`));
    writeFileSync(join(root, "large"), "");
    truncateSync(join(root, "large"), 104_857_601);
    expect(await bash("echo ran")).toMatchObject({
      code: 1,
      stdout: "",
      notes: expect.stringContaining("file too large to sync"),
    });
  });

  it("syncs a shallow clone and says that its history is missing (S33)", async () => {
    const { directory, root, bash, placeOf, exec } = await openWorld();
    expect((await bash("git log --oneline | wc -l")).stdout).toBe("1\n");
    plainGit(root, "commit", "-q", "--allow-empty", "-m", "second");
    const shallow = join(directory, "worktrees", "r", "shallow");
    plainGit(directory, "clone", "-q", "--depth", "1", `file://${root}`, shallow);
    const ran = await exec(["cat", "a.txt"], { at: placeOf(shallow) });
    expect(ran).toMatchObject({ code: 0, stdout: "one\n", notes: expect.stringContaining("no history") });
  });

  it("sends only what is new when the commit moves on, and knows names of every kind", async () => {
    const { root, bash } = await openWorld({
      files: { "-dash": "d\n", "with\nline": "l\n", "*star": "s\n", ümlaut: "u\n" },
    });
    expect((await bash("cat -- -dash '*star' ümlaut $'with\\nline'")).stdout).toBe("d\ns\nu\nl\n");
    writeFileSync(join(root, "[odd] name?"), "odd\n");
    plainGit(root, "commit", "-q", "--allow-empty", "-m", "second");
    expect((await bash("cat '[odd] name?'; git log --oneline | wc -l; echo more >> -dash")).stdout).toBe("odd\n2\n");
    expect(readFileSync(join(root, "-dash"), "utf8")).toBe("d\nmore\n");
  });
});
