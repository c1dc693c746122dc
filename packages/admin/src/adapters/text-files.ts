/** The two files that operators edit here: thor.json and the crontab. */
import { mkdir, readFile, stat } from "node:fs/promises";
import { basename, dirname } from "node:path";

import { writeFileAtomic } from "@thor/kit/atomic-file";
import { sha256Hex } from "@thor/kit/derived-key";
import { createKeyedMutex } from "@thor/kit/flow/keyed-mutex";
import { readConfigFile } from "@thor/workspace-config/config-file";
import { diffWorkspaceConfig } from "@thor/workspace-config/pure/diff";
import { checkWorkspaceConfig, readWorkspaceConfig } from "@thor/workspace-config/pure/read";
import { writeWorkspaceConfig } from "@thor/workspace-config/write";

interface OnDisk {
  text: string;
  rev: string;
  fault?: string | undefined;
}
type Written = { kind: "written" } | { kind: "conflict" } | { kind: "failed"; why: string };

const revOf = (text: string) => sha256Hex(text).slice(0, 12);
const whyOf = (err: unknown) =>
  `The file could not be written: ${err instanceof Error && "code" in err ? String(err.code) : "unknown fault"}.`;

async function readThorJson(path: string): Promise<OnDisk> {
  const file = await readConfigFile(path);
  return file.kind === "text" ? { text: file.text, rev: revOf(file.text) } : { text: "", rev: "", fault: file.why };
}

/** Who people are by thor.json; a faulty file names nobody. */
export const createReadPeople = (path: string) => async () => {
  const { text, fault } = await readThorJson(path);
  const read = readWorkspaceConfig(text);
  if (fault !== undefined) return { users: [], faults: 1 };
  return read.kind === "valid" ? { users: read.config.users, faults: 0 } : { users: [], faults: read.issues.length };
};

/** thor.json: its faults by line, its changes in sentences. */
export const createThorJson = (path: string) => ({
  name: basename(path),
  read: () => readThorJson(path),
  check: checkWorkspaceConfig,
  describe: (before: string, after: string): string[] | undefined => {
    const [old, fresh] = [readWorkspaceConfig(before), readWorkspaceConfig(after)];
    return old.kind === "valid" && fresh.kind === "valid" ? diffWorkspaceConfig(old.config, fresh.config) : undefined;
  },
  write: async (text: string, base: string): Promise<Written> => {
    try {
      const written = await writeWorkspaceConfig({ path, text, baseVersion: base === "" ? undefined : base });
      if (written.kind === "invalid") return { kind: "failed", why: "The text is not valid." };
      return { kind: written.kind };
    } catch (err) {
      return { kind: "failed", why: whyOf(err) };
    }
  },
});

const inOrder = createKeyedMutex();
const MODE = 0o644;
const MAX_BYTES = 256 * 1024;
// A crontab is lines of text; other control characters are a mistake.
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f]/;

async function readCrontab(path: string): Promise<OnDisk> {
  try {
    const text = await readFile(path, "utf8");
    return { text, rev: revOf(text) };
  } catch (err) {
    const isMissing = err instanceof Error && "code" in err && err.code === "ENOENT";
    return { text: "", rev: "", fault: isMissing ? "is missing" : "cannot be read" };
  }
}

function checkCrontab(text: string) {
  const wrong = text.split("\n").flatMap((line, at) => {
    const found = CONTROL.exec(line);
    return found === null
      ? []
      : [{ line: at + 1, column: found.index + 1, path: `line ${at + 1}`, message: "holds a control character" }];
  });
  const tooLong =
    text.length > MAX_BYTES ? [{ line: 1, column: 1, path: "(file)", message: "is larger than 256 kB" }] : [];
  return { issues: [...wrong, ...tooLong], warnings: [] };
}

/** The crontab: the scheduler reads it within seconds and tells line by line what it makes of it. */
export const createCrontab = (path: string) => ({
  name: "crontab",
  read: () => readCrontab(path),
  check: checkCrontab,
  describe: () => undefined,
  write: (text: string, base: string): Promise<Written> =>
    inOrder(path, async () => {
      if ((await readCrontab(path)).rev !== base) return { kind: "conflict" };
      try {
        await mkdir(dirname(path), { recursive: true });
        const mode = await stat(path).then(
          (found) => found.mode & 0o777,
          () => MODE,
        );
        await writeFileAtomic(path, text, mode);
        return { kind: "written" };
      } catch (err) {
        return { kind: "failed", why: whyOf(err) };
      }
    }),
});
