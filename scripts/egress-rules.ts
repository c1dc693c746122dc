/** scripts/egress-rules.ts: writes the rules that ship with the proxy, from the manifests of the integrations. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { shippedEgress } from "../packages/integrations/src/egress.ts";

writeFileSync(
  join(import.meta.dirname, "../docker/mitmproxy/rules.generated.json"),
  `${JSON.stringify(shippedEgress(), null, 2)}\n`,
);
