import { runService } from "@thor/kit/run-service";

import { startAdmin } from "./app.ts";
import { readConfig } from "./config.ts";

await runService({ name: "admin", env: process.env, readConfig, start: startAdmin });
