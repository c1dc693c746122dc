import { runService } from "@thor/kit/run-service";

import { startGateway } from "./app.ts";
import { readConfig } from "./config.ts";

await runService({ name: "gateway", env: process.env, readConfig, start: startGateway });
