/** Files: what the operator wrote, what is for nobody else's eyes, and where the clones come from. */
import { chmodSync, existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";

import { readConfigFile } from "@thor/workspace-config/config-file";
import { issueLine, readWorkspaceConfig } from "@thor/workspace-config/pure/read";

import type { Layout } from "../start/layout.ts";
import { failing, ok, skipped, warning, type Check, type Finding } from "./finding.ts";

const MAX_TOLD = 5;
const told = (lines: readonly string[]) =>
  lines.slice(0, MAX_TOLD).join("; ") + (lines.length > MAX_TOLD ? ` and ${lines.length - MAX_TOLD} more` : "");

/** What only this user may read: the data directory and the files with secrets in it. */
const privateOnes = ({ data, secretsFile, runFile, database }: Layout) =>
  [data, secretsFile, runFile, database].filter((path) => existsSync(path));
const isOpen = (path: string) => (statSync(path).mode & 0o077) !== 0;

function privacy(layout: Layout): Check {
  const open = () => privateOnes(layout).filter(isOpen);
  return {
    group: "files",
    name: "secrets",
    look: () => {
      const found = open().map((path) => basename(path));
      return found.length === 0
        ? ok("nobody else can read them")
        : failing(`others may read ${told(found)}`, "npx pnpm thor doctor --fix, or chmod go= what is named.");
    },
    mend: () => {
      const paths = open();
      for (const path of paths) chmodSync(path, statSync(path).mode & 0o700);
      return paths.length === 0
        ? undefined
        : `took the rights of others from ${told(paths.map((path) => basename(path)))}`;
    },
  };
}

async function lookAtConfig({ configFile }: Layout): Promise<Finding> {
  if (!existsSync(configFile)) return skipped("there is no thor.json yet; npx pnpm start makes one");
  const file = await readConfigFile(configFile);
  if (file.kind !== "text") return failing(`thor.json ${file.why}`, "Restore it; an earlier text is in Admin, Config.");
  const read = readWorkspaceConfig(file.text);
  if (read.kind !== "valid")
    return failing(told(read.issues.map(issueLine)), "npx pnpm thor config check shows every fault.");
  return read.warnings.length === 0
    ? ok("thor.json is valid")
    : warning(told(read.warnings.map(issueLine)), "npx pnpm thor config check shows every warning.");
}

/** The scheduler's own verdict, which it keeps beside the file. */
function lookAtCrontab({ crontab }: Layout): Finding {
  const status = join(dirname(crontab), "crontab.status");
  if (!existsSync(status)) return skipped("the scheduler has not read a crontab yet");
  const faults = readFileSync(status, "utf8")
    .split("\n")
    .filter((line) => /^line \d+, column \d+: /.test(line));
  return faults.length === 0
    ? ok("every line can be read")
    : failing(told(faults), `See ${basename(status)}, which shows the places.`);
}

const OWNER = /url\s*=\s*(?:[a-z+]+:\/\/[^/\s]+\/|[^:\s]+:)([^/\s]+)\//;

/** Clones whose origin belongs to nobody that thor.json names. */
async function lookAtOrigins({ repos, configFile }: Layout): Promise<Finding> {
  const file = await readConfigFile(configFile);
  const read = file.kind === "text" ? readWorkspaceConfig(file.text) : undefined;
  if (read?.kind !== "valid" || !existsSync(repos)) return skipped("needs a valid thor.json and clones");
  const owners = Object.keys(read.config.owners).map((name) => name.toLowerCase());
  const strangers = readdirSync(repos).flatMap((name) => {
    const config = join(repos, name, ".git", "config");
    const owner = existsSync(config) ? OWNER.exec(readFileSync(config, "utf8"))?.[1] : undefined;
    return owner === undefined || owners.includes(owner.toLowerCase()) ? [] : [`${name} (${owner})`];
  });
  return strangers.length === 0
    ? ok("every clone belongs to an owner of thor.json")
    : warning(
        `no owner of thor.json: ${told(strangers)}`,
        "Add the owner with its installation id, or remove the clone.",
      );
}

export const fileChecks = (layout: Layout): Check[] => [
  privacy(layout),
  { group: "files", name: "thor.json", look: () => lookAtConfig(layout) },
  { group: "files", name: "crontab", look: () => lookAtCrontab(layout) },
  { group: "files", name: "repositories", look: () => lookAtOrigins(layout) },
];
