import { runService } from "@thor/kit/run-service";

import { startRemoteCli } from "./app.ts";
import { readConfig } from "./config.ts";

await runService({ name: "remote-cli", env: process.env, readConfig, start: startRemoteCli });
