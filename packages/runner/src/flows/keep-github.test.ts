import { silentLog } from "@thor/kit/testing/silent-log";
import { expect, it } from "vitest";

import { createGithubKeeper, type KeepGithubDeps } from "./keep-github.ts";

const view = (elapsedMs: number) => ({
  text: "⏳ Working...",
  buttons: [],
  view: "https://thor.example/r",
  tools: 1,
  state: "working" as const,
  elapsedMs,
});

/** An outbox that can be out of reach. */
function stage() {
  const rows = new Map<string, unknown>();
  const outbox = { isDown: false };
  const deps: KeepGithubDeps = {
    log: silentLog,
    enqueueOutbox: ({ dedupeKey, payload }) => {
      if (outbox.isDown) return Promise.resolve({ kind: "unavailable", error: "down" });
      if (rows.has(dedupeKey)) return Promise.resolve({ kind: "exists", id: dedupeKey, state: "done" });
      rows.set(dedupeKey, payload);
      return Promise.resolve({ kind: "queued", id: dedupeKey });
    },
    promiseByKey: ({ dedupeKey }) =>
      Promise.resolve(rows.has(dedupeKey) ? { id: dedupeKey, state: "done" as const } : undefined),
  };
  const keeper = () =>
    createGithubKeeper(deps, { triggerId: "t1", anchorId: "a1", place: { repo: "acme/shop", number: 7 } });
  return { rows, outbox, keeper };
}
const settled = () => new Promise((resolve) => setTimeout(resolve, 0));

it("says nothing for two minutes, then one comment, and that one is edited at the end, also by another process", async () => {
  const { rows, keeper } = stage();
  const first = keeper();
  first.show(view(119_000));
  await settled();
  expect([rows.size, await first.isLive()]).toEqual([0, false]);
  for (const at of [120_000, 121_000, 180_000]) {
    first.show(view(at));
    await settled();
  }
  expect([...rows.keys()]).toEqual(["working:t1"]);
  expect(rows.get("working:t1")).toMatchObject({ body: "⏳ Working on it. Follow: https://thor.example/r" });
  const next = keeper();
  expect(await next.isLive()).toBe(true);
  await next.finish({ text: "✅ Done in 3m", buttons: [] });
  next.show(view(200_000));
  await settled();
  expect([...rows.keys()]).toEqual(["working:t1", "worked:t1"]);
  expect(rows.get("worked:t1")).toMatchObject({ body: "✅ Done in 3m", edits: "working:t1" });
});

it("tries again when the promise could not be written, and ends a short run without a word", async () => {
  const { rows, outbox, keeper } = stage();
  const late = keeper();
  outbox.isDown = true;
  late.show(view(120_000));
  await settled();
  outbox.isDown = false;
  late.show(view(125_000));
  await settled();
  expect(rows.size).toBe(0);
  late.show(view(131_000));
  await settled();
  expect(rows.size).toBe(1);
  const other = stage();
  await other.keeper().finish({ text: "✅ Done", buttons: [] });
  expect(other.rows.size).toBe(0);
});
