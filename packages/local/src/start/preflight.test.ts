import { expect, it } from "vitest";

import { judgeMachine } from "./preflight.ts";

const GIB = 1024 ** 3;
const good = {
  platform: "linux",
  arch: "x64",
  nodeMajor: 26,
  gitVersion: "2.39.5",
  opencode: "/bin/opencode",
  ripgrep: "/bin/rg",
  freeBytes: 8 * GIB,
  freeMemory: 8 * GIB,
};

it("finds nothing wrong with a good machine", () => {
  expect(judgeMachine(good)).toEqual({ faults: [], warnings: [] });
});

it.each([
  [{ nodeMajor: 20 }, "Started by Node 20"],
  [{ platform: "win32" }, "win32-x64 is not supported"],
  [{ gitVersion: undefined }, "git is missing: apt install git"],
  [{ gitVersion: "2.30.1" }, "git 2.30.1 is too old"],
  [{ opencode: undefined }, "opencode-linux-x64"],
  [{ ripgrep: undefined }, "@vscode/ripgrep-linux-x64"],
  [{ freeBytes: GIB }, "Only 1.0 GiB of disk"],
])("names the fault and what to do about it: %o", (change, text) => {
  const { faults } = judgeMachine({ ...good, ...change });
  expect(faults).toHaveLength(1);
  expect(faults[0]).toContain(text);
});

it("tells two faults in one go, and little memory as a warning only", () => {
  const { faults, warnings } = judgeMachine({ ...good, nodeMajor: 20, gitVersion: undefined, freeMemory: GIB });
  expect(faults).toHaveLength(2);
  expect(warnings).toHaveLength(1);
});
