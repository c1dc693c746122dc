import { accessSync, constants, statSync } from "node:fs";
import { join } from "node:path";

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** The program of that name on a PATH, by its whole path; nothing when there is none. */
export const findProgram = (name: string, path: string) =>
  path
    .split(":")
    .filter((directory) => directory.startsWith("/"))
    .map((directory) => join(directory, name))
    .find(isProgram);
