import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { eventually } from "@thor/kit/testing/eventually";
import { silentLog } from "@thor/kit/testing/silent-log";
import { tempDir } from "@thor/kit/testing/temp-dir";
import { expect, it, onTestFinished } from "vitest";

import { openWorkspaceConfig } from "../src/loader.ts";

const withOwner = (id: number) => JSON.stringify({ owners: { acme: { github_app_installation_id: id } } });

it("takes an edit without a restart, and keeps the last good value while the file is faulty", async () => {
  const path = join(tempDir(), "thor.json");
  writeFileSync(path, withOwner(1));
  const view = await openWorkspaceConfig({ path, log: silentLog });
  onTestFinished(() => view.close());
  const before = view.version();
  writeFileSync(path, withOwner(2));
  await eventually(
    "the edit is seen",
    () => view.current().owners["acme"]?.github_app_installation_id === 2 || undefined,
  );
  expect(view.version()).not.toBe(before);
  writeFileSync(path, "{ not json");
  await eventually("the fault is seen", () => view.degraded() || undefined);
  expect(view.current().owners["acme"]?.github_app_installation_id).toBe(2);
});

it("refuses to start on a faulty file and starts without rights when there is none", async () => {
  const path = join(tempDir(), "thor.json");
  const view = await openWorkspaceConfig({ path, log: silentLog });
  onTestFinished(() => view.close());
  expect([view.degraded(), view.current().owners]).toEqual([true, {}]);
  writeFileSync(path, '{"ownrs": {}}');
  await expect(openWorkspaceConfig({ path, log: silentLog })).rejects.toThrow(/Did you mean "owners"/);
});
