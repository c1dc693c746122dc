import { expect, it } from "vitest";

import { createIds } from "../world/ids.ts";
import { openStore } from "../world/store.ts";
import { createFaults } from "./faults.ts";

const faultsOf = () => createFaults(createIds(openStore(undefined), "seed"));
const post = (text: string) => ({
  sim: "slack",
  method: "chat.postMessage",
  direction: "in" as const,
  body: { text, metadata: { event_payload: { id: "p1" } } },
});

it("takes the first fault that fits, after its skips and for its times", () => {
  const faults = faultsOf();
  faults.plan([
    { id: "a", match: { method: "chat.postMessage" }, do: { slackError: "fatal_error" }, skip: 1, times: 1 },
    { id: "b", match: { sim: "slack" }, do: { hang: true }, times: 1 },
  ]);
  expect([post("1"), post("2"), post("3")].map((occasion) => faults.meet(occasion)?.id)).toEqual(["b", "a", undefined]);
  expect(faults.list().map(({ fired }) => fired)).toEqual([1, 1]);
});

it("looks into the body by path, for a text or a pattern", () => {
  const faults = faultsOf();
  faults.plan([
    { id: "deep", match: { body: { "metadata.event_payload.id": "p1", text: "/^hel+o/" } }, do: { lose: true } },
  ]);
  expect(faults.meet(post("hello"))?.id).toBe("deep");
  expect(faults.meet(post("goodbye"))).toBeUndefined();
});
