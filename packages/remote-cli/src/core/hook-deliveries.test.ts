import { expect, it } from "vitest";

import { untaken } from "./hook-deliveries.ts";

const at = (seconds: number) => 1_700_000_000_000 + seconds * 1000;
const row = (id: number, guid: string, more: { code?: number; seconds?: number } = {}) => ({
  id,
  guid,
  delivered_at: at(more.seconds ?? 10),
  status_code: more.code ?? 502,
});

it("names the newest attempt of what nobody took, oldest delivery first", () => {
  const deliveries = [
    row(9, "b"),
    row(8, "a"),
    row(7, "taken", { code: 200 }),
    row(6, "taken"),
    row(5, "a"),
    row(4, "old", { seconds: -1 }),
    row(3, "never answered", { code: 0 }),
  ];
  expect(untaken(deliveries, 1_700_000_000_000)).toEqual([3, 8, 9]);
});
