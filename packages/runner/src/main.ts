import { runService } from "@thor/kit/run-service";

import { startRunner } from "./app.ts";
import { readConfig } from "./config.ts";

await runService({ name: "runner", env: process.env, readConfig, start: startRunner });
