/** The built-in scenarios, in the order in which they are tried. */
import { readFileSync } from "node:fs";

import { parseScenarios, type Scenario } from "./grammar.ts";

const FILES = ["tools", "ticket", "greeting", "conversation"];

export function readDemos(): Scenario[] {
  return FILES.flatMap((name) =>
    parseScenarios(readFileSync(new URL(`../demos/${name}.yaml`, import.meta.url), "utf8")),
  );
}
