import { expect, it } from "vitest";

import { personFor } from "./person.ts";
import { judgeRuns } from "./running.ts";

const MINUTE = 60_000;
it.each([
  [[{ status: "running" }], "running"],
  [[{ status: "completed", endedAt: 0 }, { status: "parked" }], "running"],
  [[{ status: "completed", endedAt: 91 * MINUTE }], "running"],
  [[{ status: "completed", endedAt: 89 * MINUTE }], "not_running"],
  [[{ status: "budget", endedAt: 99 * MINUTE }], "ended"],
  [
    [
      { status: "aborted", endedAt: 99 * MINUTE },
      { status: "completed", endedAt: 1 },
    ],
    "ended",
  ],
  [[{ status: "aborted", endedAt: 50 * MINUTE }], "not_running"],
  [[], "not_running"],
])("judges runs %j as %s", (runs, expected) => {
  expect(judgeRuns(runs, 100 * MINUTE + 1).kind).toBe(expected);
});

it("credits the last of several people, by whichever name their surface has", () => {
  const users = [
    { name: "Ada", email: "ada@x", slack: "U1" },
    { name: "Bob", email: "bob@x", github: "BobB" },
  ];
  expect(
    personFor(users, [
      { kind: "slack", id: "U1" },
      { kind: "github", id: "bobb" },
    ])?.name,
  ).toBe("Bob");
  expect(personFor(users, [{ kind: "slack", id: "U9" }])).toBeUndefined();
  expect(personFor(users, [])).toBeUndefined();
});
