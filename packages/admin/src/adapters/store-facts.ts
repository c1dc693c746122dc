/** Sizes of the database's files, and the newest backup beside them. */
import { readdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";

const sizeOf = (path: string) =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  );

async function newestBackup(path: string): Promise<number | undefined> {
  const folder = join(dirname(path), "backup");
  const names = await readdir(folder).catch(() => []);
  const files = names.filter((name) => name.endsWith(".db"));
  const times = await Promise.all(files.map(async (name) => (await stat(join(folder, name))).mtimeMs));
  return times.length === 0 ? undefined : Math.max(...times);
}

/** Reads them anew each time; a file that is not there counts as empty. */
export const createReadStore = (path: string) => async () => ({
  bytes: await sizeOf(path),
  walBytes: await sizeOf(`${path}-wal`),
  lastBackupAt: await newestBackup(path),
});
