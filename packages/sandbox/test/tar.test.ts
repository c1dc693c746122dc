import { execFileSync } from "node:child_process";
/** What a sandbox may send: nothing but files and links with names that were announced. */
import { writeFileSync } from "node:fs";
import { createReadStream, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { tempDir } from "@thor/kit/testing/temp-dir";
import { expect, it } from "vitest";

import { encodeMember, padding, TAR_END, type Member } from "../src/pure/tar.ts";
import { readTar } from "../src/sync/read-tar.ts";

const file = (path: string, size = 0): Member => ({ kind: "file", path, size, isExecutable: false });
const archive = (...parts: readonly (Uint8Array | Member)[]) =>
  Buffer.concat([...parts.map((part) => (part instanceof Uint8Array ? part : encodeMember(part))), TAR_END]);

/** In pieces of an odd size, as a network would. */
async function* pieces(bytes: Buffer) {
  for (let at = 0; at < bytes.length; at += 333) yield bytes.subarray(at, at + 333);
}
const read = (bytes: Buffer, announced: readonly string[], directory = tempDir()) =>
  readTar(pieces(bytes), { announced: new Set(announced), directory });

/** The last head of an archive, changed, with its sum made right again. */
function tampered(bytes: Buffer, change: (head: Buffer) => void): Buffer {
  const head = bytes.subarray(1024, 1536);
  change(head);
  head.write("        ", 148);
  head.write(
    `${head
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, "0")}\0 `,
    148,
  );
  return bytes;
}

it.each([
  "../x",
  "/x",
  "a/../x",
  ".git/config",
  ".GIT/hooks/x",
  "a/.Git/x",
  "a//x",
  "./x",
  "x/",
  `${"a/".repeat(2100)}x`,
])("refuses the name %s, whatever was announced (S12)", async (path) => {
  const directory = tempDir();
  await expect(read(archive(file("good"), file(path)), ["good", path], directory)).rejects.toThrow("not accepted");
});

it.each([
  ["a hard link", "1"],
  ["a character device", "3"],
  ["a block device", "4"],
  ["a FIFO", "6"],
  ["a sparse file", "S"],
  ["a long name of old", "L"],
  ["a global head", "g"],
])("refuses %s (S12)", async (_, type) => {
  const bytes = tampered(archive(file("x")), (head) => head.write(type, 156));
  await expect(read(bytes, ["x"])).rejects.toThrow("not accepted");
});

it("refuses what was not announced, comes twice, is cut off or damaged", async () => {
  await expect(read(archive(file("other")), ["x"])).rejects.toThrow("not announced");
  await expect(read(archive(file("x"), file("x")), ["x"])).rejects.toThrow("twice");
  await expect(read(archive(file("x", 5000)), ["x"])).rejects.toThrow("too early");
  const damaged = archive(file("x"));
  damaged[1030] = 7;
  await expect(read(damaged, ["x"])).rejects.toThrow("damaged");
  await expect(read(archive(file("x", 104_857_601)), ["x"])).rejects.toThrow("file too large");
});

it("reads what GNU tar writes, and GNU tar reads what it writes", async () => {
  const [from, to, staged] = [tempDir(), tempDir(), tempDir()];
  const long = `${"d".repeat(90)}/${"e".repeat(90)}/ü name`;
  mkdirSync(join(from, long, ".."), { recursive: true });
  writeFileSync(join(from, long), "content", { mode: 0o755 });
  execFileSync("ln", ["-s", "t".repeat(150), join(from, "link")]);
  execFileSync("tar", ["-c", "--format=pax", "-C", from, "-f", join(staged, "a.tar"), long, "link"]);
  const read1 = await readTar(createReadStream(join(staged, "a.tar")), {
    announced: new Set([long, "link"]),
    directory: staged,
  });
  expect(read1.get("link")?.wanted).toEqual({ kind: "link", target: "t".repeat(150) });
  const wanted = read1.get(long)?.wanted;
  expect(wanted?.kind === "file" && [wanted.isExecutable, readFileSync(wanted.from, "utf8")]).toEqual([
    true,
    "content",
  ]);
  const member: Member = { kind: "file", path: long, size: 7, isExecutable: true };
  writeFileSync(
    join(to, "b.tar"),
    archive(member, Buffer.from("content"), padding(7), { kind: "link", path: "l", target: long }),
  );
  execFileSync("tar", ["-x", "-C", to, "-f", join(to, "b.tar")]);
  expect(readFileSync(join(to, "l"), "utf8")).toBe("content");
  expect(readdirSync(to).toSorted()).toEqual(["b.tar", "d".repeat(90), "l"]);
});
