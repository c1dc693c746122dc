import { z } from "zod";

import { name } from "../contract/field.ts";
import { defineWrite } from "../writer/context.ts";

/** A write that changes nothing anybody reads: proof that commits work. */
export const probeWrite = defineWrite(z.strictObject({ holder: name }), async (tx, { holder }, { now }) => {
  const value = String(now);
  await tx
    .insertInto("meta")
    .values({ key: `probe:${holder}`, value })
    .onConflict((conflict) => conflict.column("key").doUpdateSet({ value }))
    .execute();
  return { kind: "probed" as const };
});
