import { runService } from "@thor/kit/run-service";

import { startScheduler } from "./app.ts";
import { readConfig } from "./config.ts";

await runService({ name: "scheduler", env: process.env, readConfig, start: startScheduler });
