import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { createTestClock } from "@thor/kit/testing/clock";
import { eventually } from "@thor/kit/testing/eventually";
import { createKeptLog } from "@thor/kit/testing/kept-log";
import { silentLog } from "@thor/kit/testing/silent-log";
import { tempDir } from "@thor/kit/testing/temp-dir";
import { expect, it, onTestFinished } from "vitest";

import { openWorkspaceConfig, type ConfigHistory, type OpenOptions } from "../src/loader.ts";

const withOwner = (id: number) => JSON.stringify({ owners: { acme: { github_app_installation_id: id } } });

function recordingLog() {
  const { lines, log } = createKeptLog();
  return { log, events: (event: string) => lines.filter((line) => line.event === event) };
}

function memoryHistory(texts: string[] = []): ConfigHistory & { texts: string[] } {
  return {
    texts,
    configVersions: ({ limit }) =>
      Promise.resolve(
        texts
          .toReversed()
          .slice(0, limit)
          .map((text) => ({ text })),
      ),
    saveConfigVersion: ({ text }) =>
      Promise.resolve(texts.at(-1) === text ? { kind: "exists" } : (texts.push(text), { kind: "saved" })),
  };
}

async function openAt(path: string, more: Partial<OpenOptions> = {}) {
  const view = await openWorkspaceConfig({ path, log: silentLog, ...more });
  onTestFinished(() => view.close());
  const owner = () => view.current().admission.owners["acme"]?.github_app_installation_id;
  // Six seconds are the promise for a directory without file events.
  const sees = (id: number | undefined) => eventually(`owner ${id}`, () => owner() === id || undefined, 6000);
  const isIn = (state: string) => eventually(state, () => view.current().state === state || undefined);
  return { view, owner, sees, isIn };
}

async function openFresh(more: Partial<OpenOptions> = {}) {
  const path = join(tempDir(), "thor.json");
  writeFileSync(path, withOwner(1));
  return { path, ...(await openAt(path, more)) };
}

it("takes an atomic rename, a write in place and a delete-and-create without a restart", async () => {
  const { path, view, sees, owner } = await openFresh();
  expect(owner()).toBe(1);
  const before = view.version();
  writeFileSync(`${path}.new`, withOwner(2));
  renameSync(`${path}.new`, path);
  await sees(2);
  expect(view.version()).not.toBe(before);
  writeFileSync(path, withOwner(3));
  await sees(3);
  rmSync(path);
  writeFileSync(path, withOwner(4));
  await sees(4);
  expect(view.degraded()).toBe(false);
});

it("sees a change behind a link, and one in a directory that was replaced as a whole", async () => {
  const root = tempDir();
  for (const name of ["v1", "v2"]) mkdirSync(join(root, name));
  writeFileSync(join(root, "v1/thor.json"), withOwner(1));
  writeFileSync(join(root, "v2/thor.json"), withOwner(2));
  symlinkSync("v1", join(root, "now"));
  mkdirSync(join(root, "config"));
  symlinkSync("../now/thor.json", join(root, "config/thor.json"));
  const { sees, view } = await openAt(join(root, "config/thor.json"));
  symlinkSync("v2", join(root, "next"));
  renameSync(join(root, "next"), join(root, "now"));
  await sees(2);
  expect(view.degraded()).toBe(false);
});

it("keeps the last good version while the file is half written, and takes the rest when it comes", async () => {
  const { path, sees, isIn, owner } = await openFresh();
  writeFileSync(path, withOwner(2).slice(0, 20));
  await isIn("unreadable");
  expect(owner()).toBe(1);
  writeFileSync(path, withOwner(2));
  await sees(2);
});

it.each([
  ["deleted", (path: string) => rmSync(path), "is missing"],
  ["replaced by a directory", (path: string) => (rmSync(path), mkdirSync(path)), "is not a file"],
  ["no text", (path: string) => writeFileSync(path, Buffer.from([0x7b, 0xff, 0x7d])), "is not UTF-8"],
  ["too large", (path: string) => writeFileSync(path, " ".repeat(256 * 1024 + 1)), "is larger than 256 kB"],
])("admits for a minute and then nobody when the file is %s", async (_, spoil, why) => {
  const clock = createTestClock();
  const { path, view, isIn, owner } = await openFresh({ clock });
  spoil(path);
  await isIn("unreadable");
  expect(view.current().issues).toEqual([`- (root): ${why}`]);
  clock.advance(59_999);
  expect([owner(), view.degraded()]).toEqual([1, true]);
  clock.advance(1);
  expect(owner()).toBeUndefined();
});

it.skipIf(process.getuid?.() === 0)("counts a file that may not be read as unreadable", async () => {
  const { path, view, isIn } = await openFresh();
  chmodSync(path, 0);
  await isIn("unreadable");
  expect(view.current().issues).toEqual(["- (root): cannot be read (EACCES)"]);
});

it("gives one request one version, which nobody can change", async () => {
  const { path, view, sees } = await openFresh();
  const mine = view.current();
  writeFileSync(path, withOwner(2));
  await sees(2);
  expect(mine.admission.owners["acme"]?.github_app_installation_id).toBe(1);
  expect(() => Object.assign(mine.admission.owners, { evil: {} })).toThrow(TypeError);
  expect(view.current()).toBe(view.current());
});

it("reports each distinct text once, with every issue", async () => {
  const { log, events } = recordingLog();
  const { path, sees, isIn } = await openFresh({ log });
  writeFileSync(path, '{"ownrs": {}, "usrs": []}');
  await isIn("faulty");
  writeFileSync(path, withOwner(2));
  await sees(2);
  expect(events("config_reload_failed_using_last_good").map(({ issues }) => issues)).toEqual([
    ['- ownrs: unknown key "ownrs". Did you mean "owners"?', '- usrs: unknown key "usrs". Did you mean "users"?'],
  ]);
  expect(events("config_loaded")).toHaveLength(2);
});

it("stores every accepted text, again when the store was away, and no faulty one", async () => {
  const history = memoryHistory();
  let refusals = 1;
  const flaky: ConfigHistory = {
    ...history,
    saveConfigVersion: (version) =>
      refusals-- > 0 ? Promise.resolve({ kind: "unavailable" }) : history.saveConfigVersion(version),
  };
  const { path, isIn, sees } = await openFresh({ history: flaky });
  await eventually("the first version", () => history.texts.length === 1 || undefined);
  writeFileSync(path, "{ not json");
  await isIn("unreadable");
  writeFileSync(path, withOwner(2));
  await sees(2);
  await eventually("the second version", () => history.texts.length === 2 || undefined);
  expect(history.texts).toEqual([withOwner(1), withOwner(2)]);
});

it("starts beside a broken file from the newest stored version that is valid, by the rules for faulty files", async () => {
  const path = join(tempDir(), "thor.json");
  const history = memoryHistory([withOwner(1), withOwner(2), '{"from": "a newer Thor"}']);
  const unread = await openAt(path, { history });
  expect([unread.view.current().state, unread.owner()]).toEqual(["unreadable", undefined]);
  writeFileSync(path, `${withOwner(2).slice(0, -1)}, "oops": 1}`);
  const faulty = await openAt(path, { history });
  expect([faulty.view.current().state, faulty.owner(), faulty.view.degraded()]).toEqual(["faulty", 2, true]);
});

it("refuses to start on a bad file that nothing stored stands for, and names every fault", async () => {
  const path = join(tempDir(), "thor.json");
  const open = () => openWorkspaceConfig({ path, log: silentLog, history: memoryHistory() });
  await expect(open()).rejects.toThrow(`${path} is not valid:\n- (root): is missing`);
  writeFileSync(path, '{"ownrs": {}, "users": [{}]}');
  await expect(open()).rejects.toThrow(
    /- ownrs: unknown key "ownrs". Did you mean "owners"\?\n- users\[0\].email: .+\n- users\[0\].name: is required$/,
  );
});
