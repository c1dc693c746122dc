import * as fc from "fast-check";
import { expect, it } from "vitest";

import { mayBecome, type ApprovalState } from "./approval-state.ts";

const STATES: readonly ApprovalState[] = ["pending", "executing", "done", "failed", "rejected", "expired"];

it("begins an action at most once on any path, and ends it at most once", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...STATES), { maxLength: 30 }), (wished) => {
      const path: ApprovalState[] = ["pending"];
      for (const to of wished) {
        const from = path.at(-1) ?? "pending";
        if (mayBecome(from, to) && from !== to) path.push(to);
      }
      expect(path.length).toBeLessThanOrEqual(3);
      expect(path.filter((state) => state === "executing").length).toBeLessThanOrEqual(1);
      expect(path.lastIndexOf("pending")).toBe(0);
    }),
  );
});
