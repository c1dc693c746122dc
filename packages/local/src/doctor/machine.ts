/** The machine: what Thor is started with, and whether there is room for it. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";

import type { Layout } from "../start/layout.ts";
import { preflight } from "../start/preflight.ts";
import { failing, ok, skipped, warning, type Check } from "./finding.ts";

const PROBE_MS = 8000;

/** The first line that a program says, or nothing when it is not there. */
async function said(program: string, ...args: string[]): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)(program, args, { timeout: PROBE_MS });
    return stdout.split("\n")[0];
  } catch {
    return undefined;
  }
}

async function lookAtGh() {
  const version = await said("gh", "--version");
  return version === undefined
    ? warning("gh is not installed: the agent cannot use it", "Install it: apt install gh, or brew install gh.")
    : ok(version);
}

async function lookAtCell() {
  if (process.platform !== "linux") return skipped("cells need Linux");
  if ((await said("bwrap", "--version")) === undefined)
    return warning(
      "bubblewrap is not installed: commands run without isolation",
      "Install it: apt install bubblewrap.",
    );
  const works = await said(
    "bwrap",
    "--unshare-user",
    "--unshare-pid",
    "--ro-bind",
    "/",
    "/",
    "--proc",
    "/proc",
    "echo",
    "works",
  );
  return works === "works"
    ? ok("bubblewrap works")
    : warning(
        "bubblewrap is installed and does not work: commands run without isolation",
        "Allow user namespaces: sysctl kernel.unprivileged_userns_clone, kernel.apparmor_restrict_unprivileged_userns.",
      );
}

export const machineChecks = (layout: Layout): Check[] => [
  {
    group: "machine",
    name: "programs and room",
    look: () => {
      const { faults, warnings } = preflight(layout);
      if (faults.length > 0) return failing(faults.join(" "), "Do what the line says, then run the doctor again.");
      return warnings.length > 0
        ? warning(warnings.join(" "), "Close what is not needed.")
        : ok(`Node ${process.versions.node}`);
    },
  },
  { group: "machine", name: "gh", look: lookAtGh },
  { group: "machine", name: "isolation", look: lookAtCell },
];
